// A driver that answers as KINDRED_FAKE_DRIVER says: 'old' (CUDA 12.4), 'no-device', 'broken' or, unset, as it should.
#include <cstdlib>
#include <string>

namespace {

std::string mode() {
  const char* text = std::getenv("KINDRED_FAKE_DRIVER");
  return text ? text : "";
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) int cuDriverGetVersion(int* version) {
  *version = mode() == "old" ? 12040 : 13000;
  return 0;
}

__attribute__((visibility("default"))) int cuInit(unsigned) {
  return mode() == "no-device" ? 100 : mode() == "broken" ? 999 : 0;
}

__attribute__((visibility("default"))) int cuDeviceGetCount(int* count) {
  *count = 1;
  return 0;
}
}
