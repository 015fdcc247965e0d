#include "core/base/sha256.h"

#include <openssl/evp.h>

#include <memory>

#include "core/base/check.h"

namespace peal::base {

Digest Sha256(std::initializer_list<std::string_view> parts) {
  // One context a thread: making one costs more than hashing a short entry.
  static thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(
      EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  PEAL_CHECK(context != nullptr);
  // These fail only when memory is out or the arguments are wrong.
  PEAL_CHECK(EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1);
  for (const std::string_view part : parts) {
    PEAL_CHECK(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  }
  Digest digest{};
  unsigned int size = 0;
  PEAL_CHECK(EVP_DigestFinal_ex(context.get(), digest.data(), &size) == 1);
  PEAL_CHECK(size == digest.size());
  return digest;
}

}  // namespace peal::base
