// For LD_PRELOAD: the time of day differs from the machine's by the seconds that the file named by
// PEAL_CLOCK_SHIFT holds, read anew each time, so that a test can make one daemon's clock jump.
#include <dlfcn.h>

#include <cstdlib>
#include <ctime>
#include <fstream>

namespace {

int64_t ShiftSeconds() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here changes the environment.
  static const char* const path = getenv("PEAL_CLOCK_SHIFT");
  int64_t seconds = 0;
  if (path != nullptr) {
    std::ifstream(path) >> seconds;
  }
  return seconds;
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const auto real = reinterpret_cast<decltype(&::clock_gettime)>(dlsym(RTLD_NEXT, "clock_gettime"));
  const int result = real(clock, time);
  if (result == 0 && clock == CLOCK_REALTIME) {
    time->tv_sec += ShiftSeconds();
  }
  return result;
}
