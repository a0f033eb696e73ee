#include <cctype>
#include <cmath>
#include <cstdlib>
#include <mutex>

#include "device/gpu.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

struct Decision {
  std::mutex mutex;
  bool decided = false;
  Gpu* gpu = nullptr;
  std::string reason;
  int64_t fallbacks = 0;
  std::string last_fallback;
};

// Never destroyed: threads may ask while the process exits.
Decision& decision() {
  static auto* the_one = new Decision;
  return *the_one;
}

int64_t memory_limit(const std::string& text) {
  if (text.empty()) return 0;
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const std::string unit(end);
  const double factor = unit.empty() ? 1 : unit == "KiB" ? 0x1p10 : unit == "MiB" ? 0x1p20 : unit == "GiB" ? 0x1p30 : 0;
  const double bytes = std::floor(number * factor);
  if (std::isdigit(static_cast<unsigned char>(text[0])) && bytes >= 1 && bytes < 0x1p62)
    return static_cast<int64_t>(bytes);
  throw Error("ERR_VALUE",
              "KINDRED_CUDA_MEMORY: expected bytes of at least 1, or a number with KiB, MiB or GiB as in "
              "\"8GiB\", but received \"" +
                  text.substr(0, 60) + "\".");
}

}  // namespace

DeviceState device_state() {
  Decision& made = decision();
  std::lock_guard lock(made.mutex);
  DeviceState state;
  state.decided = made.decided;
  state.reason = made.reason;
  state.fallbacks = made.fallbacks;
  state.last_fallback = made.last_fallback;
  if (made.gpu == nullptr) return state;
  made.gpu->describe(state);
  const std::string lost = made.gpu->lost_reason();
  state.usable = lost.empty();
  if (!state.usable) state.reason = lost;
  return state;
}

void open_device(const std::string& library, const std::string& limit) {
  Decision& made = decision();
  {
    std::lock_guard lock(made.mutex);
    if (made.decided) return;
  }
  // Not under the lock, since it takes a while: of two threads that come at once the second opens a context in vain.
  Gpu* gpu = Gpu::open(library, memory_limit(limit));
  std::lock_guard lock(made.mutex);
  if (made.decided) return;
  made.decided = true;
  made.gpu = gpu;
  made.reason = "a driver answers, and the kernels computed what was known";
}

void refuse_device(const std::string& reason) {
  Decision& made = decision();
  std::lock_guard lock(made.mutex);
  if (made.decided) return;
  made.decided = true;
  made.reason = reason;
}

void count_fallback(const std::string& reason) {
  Decision& made = decision();
  std::lock_guard lock(made.mutex);
  ++made.fallbacks;
  made.last_fallback = reason;
}

Gpu& gpu() {
  Decision& made = decision();
  std::lock_guard lock(made.mutex);
  if (made.gpu == nullptr)
    throw Error("ERR_DEVICE", made.decided ? made.reason : "no device was opened in this process.");
  return *made.gpu;
}

}  // namespace kindred
