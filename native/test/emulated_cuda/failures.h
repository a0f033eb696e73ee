// How the emulated device fails, so that what stands above can be tested without a GPU:
//
//   KINDRED_EMULATED_CUDA           'crash', 'hang', 'wrong-answer', 'other-version', 'refuses', 'unsupported', or
//                                   'without-als'
//   KINDRED_EMULATED_OUT_OF_MEMORY  n: the n-th allocation, counted from 1, fails, and all after it
//   KINDRED_EMULATED_LOST           n: the n-th wait for the device finds it lost, and so do all after it
//   KINDRED_EMULATED_BYTES          what the device has in all; 1 GiB if unset
//   KINDRED_EMULATED_SLOW           milliseconds that a wait for the device takes
//   KINDRED_EMULATED_BACKWARDS      1: the threads of a phase run in descending order, which must change nothing
//
// They are read anew at each call.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace kindred::cuda::emulated {

inline bool mode_is(const char* mode) {
  const char* text = std::getenv("KINDRED_EMULATED_CUDA");
  return text && std::string(text) == mode;
}

inline int64_t number(const char* variable, int64_t otherwise) {
  const char* text = std::getenv(variable);
  return text && *text ? std::atoll(text) : otherwise;
}

// Calls since a variable was set.
class Countdown {
 public:
  explicit Countdown(const char* variable) : variable_(variable) {}

  // Whether this is the call that the variable names, or a later one.
  bool reached() {
    const int64_t wanted = number(variable_, 0);
    if (wanted == 0) calls_ = 0;
    return wanted > 0 && ++calls_ >= wanted;
  }

 private:
  const char* variable_;
  std::atomic<int64_t> calls_ = 0;
};

}  // namespace kindred::cuda::emulated
