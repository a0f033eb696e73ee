// Waiting on a condition variable by pthread_cond_wait itself: std::condition_variable::wait is of a new version of
// libstdc++ since GCC 12, and nothing else here needs one.
#pragma once

#include <condition_variable>
#include <mutex>

#if defined(__GLIBCXX__) && defined(_GLIBCXX_HAS_GTHREADS) && !defined(_WIN32)
#include <pthread.h>
#endif

namespace kindred {

// Until `condition()` holds, which is called under the lock.
template <class Condition>
void wait_until(std::condition_variable& variable, std::unique_lock<std::mutex>& lock, Condition condition) {
#if defined(__GLIBCXX__) && defined(_GLIBCXX_HAS_GTHREADS) && !defined(_WIN32)
  while (!condition()) pthread_cond_wait(variable.native_handle(), lock.mutex()->native_handle());
#else
  variable.wait(lock, condition);
#endif
}

}  // namespace kindred
