// The processes that an environment has started. Whoever started them may be gone before they end (a worker thread that
// is terminated): they are killed then, and waited for, so that none is left over as a zombie.
#pragma once

#include <unordered_set>

namespace kindred {

class ChildProcesses {
 public:
  ChildProcesses() = default;
  ChildProcesses(const ChildProcesses&) = delete;
  ChildProcesses& operator=(const ChildProcesses&) = delete;
  ~ChildProcesses() { kill_all(); }

  // A child of this process, not waited for yet.
  void adopt(int pid) { pids_.insert(pid); }
  // It has ended and has been waited for.
  void release(int pid) { pids_.erase(pid); }

  // Ends those that are left, also stopped ones, and waits for them: a quarter of a second at most, since a process
  // inside a driver may outlive the signal. On Windows nothing is done.
  void kill_all() noexcept;

 private:
  std::unordered_set<int> pids_;
};

}  // namespace kindred
