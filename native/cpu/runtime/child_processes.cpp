#include "kindred/runtime/child_processes.h"

#ifndef _WIN32
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <chrono>
#include <thread>
#endif

namespace kindred {

void ChildProcesses::kill_all() noexcept {
#ifndef _WIN32
  // Kills only what still is a child: the number of one that has been waited for may be another process's by now.
  for (auto it = pids_.begin(); it != pids_.end();) {
    const bool runs = waitpid(*it, nullptr, WNOHANG) == 0;
    if (runs) kill(*it, SIGKILL);
    it = runs ? std::next(it) : pids_.erase(it);
  }
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::milliseconds(250);
  while (!pids_.empty() && Clock::now() < end) {
    for (auto it = pids_.begin(); it != pids_.end();)
      it = waitpid(*it, nullptr, WNOHANG) == 0 ? std::next(it) : pids_.erase(it);
    if (!pids_.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
#endif
  pids_.clear();
}

}  // namespace kindred
