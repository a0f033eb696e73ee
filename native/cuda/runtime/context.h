// What every function of the interface works with, host side: failures, the context, its memory.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "kindred/device/cuda.h"

namespace kindred::cuda {

struct Failure {
  int32_t status;
  std::string message;
  int64_t row = -1, bytes = 0, available = 0;
};

[[noreturn]] void fail(int32_t status, const std::string& message, int64_t row = -1);
[[noreturn]] void fail_invalid(const std::string& message, int64_t row = -1);

// Throws what a runtime error stands for; `what` was being done.
void check(cudaError_t status, const char* what);

// Fills *error and returns the status of whatever is being thrown.
int32_t report(KindredCudaError* error) noexcept;

template <class F>
int32_t guarded(KindredCudaError* error, F&& body) noexcept {
  try {
    body();
    return KINDRED_CUDA_OK;
  } catch (...) {
    return report(error);
  }
}

// Another thread may set the flag meanwhile.
inline bool is_set(KindredCudaCancel cancel) {
#if defined(_MSC_VER)
  return *cancel != 0;  // volatile: one read of one byte
#else
  return __atomic_load_n(cancel, __ATOMIC_RELAXED) != 0;
#endif
}

inline void throw_if_cancelled(KindredCudaCancel cancel) {
  if (cancel && is_set(cancel)) fail(KINDRED_CUDA_CANCELLED, "cancelled.");
}

// "[rows, cols]"
std::string shape(int64_t rows, int64_t cols);

constexpr int64_t kAlignment = 256;  // of allocations, in bytes
constexpr int64_t aligned(int64_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

// Device memory that counts against a context's limit.
class Allocation {
 public:
  Allocation() = default;
  Allocation(KindredCudaContext* context, int64_t bytes, const std::string& what);
  ~Allocation() { release(); }
  Allocation(Allocation&& other) noexcept;
  Allocation& operator=(Allocation&& other) noexcept;

  void release() noexcept;
  void* data() const { return data_; }
  int64_t bytes() const { return bytes_; }
  template <class T>
  T* as() const {
    return static_cast<T*>(data_);
  }

 private:
  KindredCudaContext* context_ = nullptr;
  void* data_ = nullptr;
  int64_t bytes_ = 0;
};

// Hands out parts of one piece of memory; without memory it only counts. A call describes its working space once, as a
// function of an arena, for both.
class Arena {
 public:
  Arena() = default;
  explicit Arena(void* base) : base_(static_cast<char*>(base)) {}

  template <class T>
  T* take(int64_t count) {
    T* const at = base_ ? reinterpret_cast<T*>(base_ + used_) : nullptr;
    used_ += aligned(count * static_cast<int64_t>(sizeof(T)));
    return at;
  }
  int64_t used() const { return used_; }

 private:
  char* base_ = nullptr;
  int64_t used_ = 0;
};

}  // namespace kindred::cuda

struct KindredCudaContext {
  KindredCudaContext(int32_t device, int64_t limit);
  ~KindredCudaContext();
  KindredCudaContext(const KindredCudaContext&) = delete;

  // Memory of at least so many bytes for the call that holds the lock; grows, and is kept.
  void* working_space(int64_t bytes, const std::string& what);

  // Rows of `width` bytes, `from_pitch` and `to_pitch` apart, through pinned memory.
  void upload(void* to, int64_t to_pitch, const void* from, int64_t from_pitch, int64_t width, int64_t rows,
              KindredCudaCancel cancel = nullptr);
  void download(void* to, int64_t to_pitch, const void* from, int64_t from_pitch, int64_t width, int64_t rows,
                KindredCudaCancel cancel = nullptr);
  void upload(void* to, const void* from, int64_t bytes) { upload(to, bytes, from, bytes, bytes, bytes > 0); }
  void download(void* to, const void* from, int64_t bytes) { download(to, bytes, from, bytes, bytes, bytes > 0); }

  void wait(const char* what);      // for the stream
  void launched(const char* what);  // after a launch

  const int32_t device;
  const int64_t limit;
  int64_t held = 0;  // bytes of all allocations
  int multiprocessors = 0;
  cudaStream_t stream = nullptr;
  kindred::cuda::Allocation working;
  std::recursive_mutex mutex;

 private:
  struct Staging {
    char* data = nullptr;
    cudaEvent_t free = nullptr;  // when the device has done with it
  };
  Staging& ready(int n);

  Staging staging_[2];
};

namespace kindred::cuda {

// Holds a context's lock and makes its device the thread's, for a call; afterwards the thread has the one it had.
class Use {
 public:
  explicit Use(KindredCudaContext* context);
  ~Use();
  Use(const Use&) = delete;

 private:
  std::lock_guard<std::recursive_mutex> lock_;
  int before_ = 0;
};

}  // namespace kindred::cuda
