// An open library of CUDA kernels and the context that this process has on its first device.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kindred/device/cuda.h"
#include "kindred/device/device.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

class Gpu {
 public:
  // Throws ERR_DEVICE. An instance is never destroyed: device objects, and the process's exit, need it to the last.
  static Gpu* open(const std::string& library, int64_t limit);

  const KindredCuda& table() const { return *table_; }
  KindredCudaContext* context() const { return context_; }

  // Calls a function of the table, which takes the error last. `what` says, for an error, what was computed and with
  // which shapes. Where the device's memory does not suffice, what the library holds back for later is freed and the
  // call made once more. Throws ERR_NOT_SUPPORTED for a function that the library does not have, ERR_OUT_OF_MEMORY,
  // ERR_DEVICE, ERR_VALUE, ERR_NOT_POSITIVE_DEFINITE, ERR_ABORTED.
  template <class Function, class... Args>
  void call(const std::string& what, Function* function, Args... args) {
    if (!function) fail_missing(what);
    run(what, [&](KindredCudaError* error) { return function(args..., error); });
  }

  // What a function of the table says of the memory that shapes need. Throws ERR_TOO_LARGE for shapes that the kernels
  // do not take, ERR_NOT_SUPPORTED.
  template <class... Params, class... Args>
  int64_t bytes(const std::string& what, int64_t (*function)(Params...), Args... args) {
    if (!function) fail_missing(what);
    const int64_t bytes = function(args...);
    if (bytes < 0) fail_shapes(what);
    return bytes;
  }

  // Throws ERR_OUT_OF_MEMORY if `bytes` more do not fit. It takes the driver a while: for what is large.
  void require(const std::string& what, int64_t bytes);

  // Shared ownership of a device object. It is destroyed on a thread of its own: that may wait for a kernel.
  template <class T>
  std::shared_ptr<T> own(T* object, void (*destroy)(T*)) {
    return std::shared_ptr<T>(object, [this, destroy](T* last) { discard([=] { destroy(last); }); });
  }

  // Why the device cannot be used any more; empty while it can.
  std::string lost_reason() const;

  void describe(DeviceState& state) const;

 private:
  Gpu() = default;

  void run(const std::string& what, const std::function<int32_t(KindredCudaError*)>& call);
  [[noreturn]] void fail_missing(const std::string& what);
  [[noreturn]] void fail_shapes(const std::string& what);
  [[noreturn]] void fail(const std::string& what, int32_t status, const KindredCudaError& error);
  void discard(std::function<void()> destroy);
  void reclaim();  // destroys what was discarded

  std::string library_;
  const KindredCuda* table_ = nullptr;
  KindredCudaContext* context_ = nullptr;
  KindredCudaDevice device_{};
  int64_t limit_ = 0;

  std::mutex discarded_mutex_;
  std::vector<std::function<void()>> discarded_;
  std::mutex reclaiming_;  // held while they are destroyed, so that whoever needs their memory waits for it

  std::atomic<bool> lost_ = false;
  mutable std::mutex lost_mutex_;
  std::string lost_reason_;
};

// The device that open_device opened. Throws ERR_DEVICE.
Gpu& gpu();

// What kernels poll.
inline KindredCudaCancel cancel_of(const AbortFlag* abort) {
  static_assert(sizeof(AbortFlag) == 1 && AbortFlag::is_always_lock_free);
  return reinterpret_cast<KindredCudaCancel>(abort);
}

inline std::string shape_of(int64_t rows, int64_t cols) {
  return "[" + std::to_string(rows) + ", " + std::to_string(cols) + "]";
}

}  // namespace kindred
