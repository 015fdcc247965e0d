#include "ordering/corosync/nodelist_source.h"

#include <cstring>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include "core/base/status_macros.h"
#include "ordering/corosync/cs_status.h"
#include "ordering/corosync/nodelist.h"

namespace peal::ordering::corosync {
namespace {

// corosync takes at most a few hundred nodes; beyond this something else is wrong.
constexpr size_t kKeysMax = 65'536;

template <typename T>
std::string NumberText(const std::vector<char>& bytes) {
  T value = 0;
  if (bytes.size() < sizeof(T)) {
    return "";
  }
  std::memcpy(&value, bytes.data(), sizeof(T));
  return std::to_string(value);
}

// The types a nodelist's values have; anything else is not one of them.
std::string ValueText(const std::vector<char>& bytes, cmap_value_types_t type) {
  switch (type) {
    case CMAP_VALUETYPE_UINT8:
      return NumberText<uint8_t>(bytes);
    case CMAP_VALUETYPE_UINT16:
      return NumberText<uint16_t>(bytes);
    case CMAP_VALUETYPE_UINT32:
      return NumberText<uint32_t>(bytes);
    case CMAP_VALUETYPE_INT32:
      return NumberText<int32_t>(bytes);
    case CMAP_VALUETYPE_UINT64:
      return NumberText<uint64_t>(bytes);
    case CMAP_VALUETYPE_STRING:
      return {bytes.data(), strnlen(bytes.data(), bytes.size())};
    default:
      return "";
  }
}

void ReadKey(cmap_handle_t handle, const char* key, std::map<std::string, std::string>* keys) {
  size_t bytes = 0;
  cmap_value_types_t type{};
  if (cmap_get(handle, key, nullptr, &bytes, &type) != CS_OK) {
    return;  // Gone since it was listed, or never there.
  }
  std::vector<char> value(bytes);
  if (cmap_get(handle, key, value.data(), &bytes, &type) == CS_OK) {
    value.resize(bytes);
    keys->emplace(key, ValueText(value, type));
  }
}

// NOLINTNEXTLINE(readability-function-size): the parameters are corosync's.
void OnChange(cmap_handle_t, cmap_track_handle_t, int32_t, const char*, struct cmap_notify_value,
              struct cmap_notify_value, void* changed) noexcept {
  *static_cast<bool*>(changed) = true;
}

}  // namespace

absl::StatusOr<std::unique_ptr<NodelistSource>> NodelistSource::Open() {
  std::unique_ptr<NodelistSource> source(new NodelistSource());
  PEAL_RETURN_IF_ERROR(CsStatus(cmap_initialize(&source->handle_), "cmap_initialize"));
  PEAL_RETURN_IF_ERROR(CsStatus(cmap_fd_get(source->handle_, &source->fd_), "cmap_fd_get"));
  return source;
}

NodelistSource::~NodelistSource() {
  if (handle_ != 0) {
    cmap_finalize(handle_);
  }
}

absl::StatusOr<Nodelist> NodelistSource::Read() {
  std::map<std::string, std::string> keys;
  ReadKey(handle_, "totem.cluster_name", &keys);
  cmap_iter_handle_t iterator = 0;
  PEAL_RETURN_IF_ERROR(
      CsStatus(cmap_iter_init(handle_, "nodelist.node.", &iterator), "cmap_iter_init"));
  char key[CMAP_KEYNAME_MAXLEN + 1];
  cs_error_t error = CS_OK;
  while (keys.size() < kKeysMax) {
    size_t bytes = 0;
    cmap_value_types_t type{};
    error = cmap_iter_next(handle_, iterator, key, &bytes, &type);
    if (error != CS_OK) {
      break;
    }
    ReadKey(handle_, key, &keys);
  }
  cmap_iter_finalize(handle_, iterator);
  if (error != CS_ERR_NO_SECTIONS) {
    return error == CS_OK ? absl::ResourceExhaustedError("cmap: too many keys in the nodelist")
                          : CsStatus(error, "cmap_iter_next");
  }
  return NodelistFromKeys(keys);
}

absl::Status NodelistSource::Track() {
  cmap_track_handle_t track = 0;
  return CsStatus(
      cmap_track_add(handle_, "nodelist.node.",
                     CMAP_TRACK_ADD | CMAP_TRACK_DELETE | CMAP_TRACK_MODIFY | CMAP_TRACK_PREFIX,
                     OnChange, &changed_, &track),
      "cmap_track_add");
}

absl::StatusOr<bool> NodelistSource::Dispatch() {
  PEAL_RETURN_IF_ERROR(CsStatus(cmap_dispatch(handle_, CS_DISPATCH_ALL), "cmap_dispatch"));
  const bool changed = changed_;
  changed_ = false;
  return changed;
}

}  // namespace peal::ordering::corosync
