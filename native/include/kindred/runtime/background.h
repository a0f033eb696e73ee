// The threads that carry asynchronous calls: leaked on purpose, as those of the pool, since a process may exit while
// they sleep.
#pragma once

#include <functional>

namespace kindred {

// What a job has to read, as far as its caller knows: most that have little are short. Where jobs must wait for a
// thread, small and large ones take turns.
enum class JobSize { small, large };

// Runs `job` on a carrier thread, soon: long jobs keep none waiting, only 64 that began less than 5 ms ago do, or 1024
// of any length. Where the system grants no more threads, it waits until one is free; where it grants none at all, it
// runs on the caller's. `job` must not throw. Denormal numbers count as 0 in it.
void run_in_background(std::function<void()> job, JobSize size = JobSize::large);

}  // namespace kindred
