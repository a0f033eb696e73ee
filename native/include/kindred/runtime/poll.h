// Serial work that hears an abort.
#pragma once

#include <algorithm>

#include "kindred/runtime/error.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

// Looks at the flag at the first call, and then once in kPollWork units of work, each of a few nanoseconds.
constexpr int64_t kPollWork = 1 << 16;

class Poll {
 public:
  explicit Poll(const AbortFlag* abort) : abort_(abort) {}

  // Before `work` units. Throws ERR_ABORTED when the flag is found raised.
  void operator()(int64_t work = 1) {
    if (left_ > 0 && (left_ -= work) > 0) return;
    left_ = kPollWork;
    if (aborted(abort_)) fail_aborted();
  }

 private:
  const AbortFlag* abort_;
  int64_t left_ = 0;
};

// body(begin, end) over [0, n) in order, in steps of at most kPollWork.
template <class Body>
void in_steps(int64_t n, const AbortFlag* abort, Body body) {
  for (int64_t begin = 0; begin < n; begin += kPollWork) {
    if (aborted(abort)) fail_aborted();
    body(begin, std::min(begin + kPollWork, n));
  }
}

// `less` for a sort that hears an abort.
template <class Less>
auto polled(Poll& poll, Less less) {
  return [&poll, less](const auto& a, const auto& b) {
    poll();
    return less(a, b);
  };
}

}  // namespace kindred
