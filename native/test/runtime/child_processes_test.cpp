#include "kindred/runtime/child_processes.h"

#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "test/harness/test.h"

using namespace kindred;

namespace {

int start_sleeper() {
  const pid_t pid = fork();
  if (pid == 0) {
    for (;;) pause();
  }
  return pid;
}

// Neither running nor a zombie.
bool is_gone(int pid) { return kill(pid, 0) == -1 && errno == ESRCH; }

}  // namespace

TEST(those_that_run_are_killed_and_waited_for) {
  int running = start_sleeper(), stopped = start_sleeper();
  kill(stopped, SIGSTOP);
  {
    ChildProcesses children;
    children.adopt(running);
    children.adopt(stopped);
  }
  CHECK(is_gone(running));
  CHECK(is_gone(stopped));
}

TEST(one_that_has_ended_is_waited_for) {
  const pid_t pid = fork();
  if (pid == 0) _exit(0);
  siginfo_t info;
  waitid(P_PID, pid, &info, WEXITED | WNOWAIT);  // it is a zombie now
  ChildProcesses children;
  children.adopt(pid);
  children.kill_all();
  CHECK(is_gone(pid));
}

TEST(what_is_released_or_no_child_is_left_alone) {
  const int released = start_sleeper();
  ChildProcesses children;
  children.adopt(released);
  children.release(released);
  children.adopt(getppid());
  children.kill_all();
  CHECK(!is_gone(released));
  CHECK(!is_gone(getppid()));
  kill(released, SIGKILL);
  waitpid(released, nullptr, 0);
}
