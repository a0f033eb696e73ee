// One pool of compute threads for the process.
//
// A call brings its own thread (the caller's, or a carrier's of background.h) and borrows helpers from the pool, so a
// short call is never queued behind a long one: the operating system shares the cores between them. The threads are
// leaked on purpose: they must outlive every static destructor, since a process may exit while they sleep.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

namespace kindred {

// Raised by the caller, polled by kernels. A null pointer means "cannot be aborted".
using AbortFlag = std::atomic<bool>;

inline bool aborted(const AbortFlag* flag) { return flag && flag->load(std::memory_order_relaxed); }

struct ThreadBudget {
  int threads;         // what parallel_for uses, the calling thread included
  int affinity;        // cores that the scheduler lets this process run on
  double quota;        // cgroup CPU quota in cores, 0 when there is none
  std::string reason;  // which of these decided
};

// Decided once from KINDRED_THREADS, else min(affinity, ceil(quota)); set_thread_count overrides it at run time.
ThreadBudget thread_budget();
int thread_count();                  // thread_budget().threads, without a lock
void set_thread_count(int threads);  // throws ERR_VALUE unless 1 <= threads <= 1024

// Calls body(begin, end) over [0, n) in chunks of `grain`; the chunks are the same whatever the number of threads, so
// a result that depends only on its chunk is bit-identical for all of them. Rethrows the first exception of a body.
// Throws ERR_ABORTED when the flag is found raised between chunks. Denormal numbers count as 0 in the bodies.
void parallel_for(int64_t n, int64_t grain, const AbortFlag* abort,
                  const std::function<void(int64_t begin, int64_t end)>& body);

}  // namespace kindred
