// How many threads: affinity mask, cgroup quota (v1 and v2), KINDRED_THREADS.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

#include "kindred/runtime/error.h"
#include "kindred/runtime/settings.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {
namespace {

constexpr int kMaxThreads = 1024;

int affinity_cores() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return std::max(1u, std::thread::hardware_concurrency());
}

// The group's path for a cgroup hierarchy, from /proc/self/cgroup lines "id:controllers:path"; v2 has no controllers.
std::string cgroup_path(const std::string& controller) {
  std::ifstream in("/proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string names = "," + line.substr(first + 1, second - first - 1) + ",";
    if (controller.empty() ? names == ",," : names.find("," + controller + ",") != std::string::npos)
      return line.substr(second + 1);
  }
  return "/";
}

// quota / period in cores of one group, 0 when unlimited or absent.
double read_v2(const std::string& dir) {
  std::ifstream in(dir + "/cpu.max");
  std::string quota;
  double period = 0;
  if (!(in >> quota >> period) || quota == "max" || period <= 0) return 0;
  return std::atof(quota.c_str()) / period;
}

double read_v1(const std::string& dir) {
  std::ifstream quota_in(dir + "/cpu.cfs_quota_us"), period_in(dir + "/cpu.cfs_period_us");
  double quota = 0, period = 0;
  if (!(quota_in >> quota) || !(period_in >> period) || quota <= 0 || period <= 0) return 0;
  return quota / period;
}

// The tightest quota on the way from the group up to the mount's root: a parent's limit binds its children.
double tightest(const std::string& mount, std::string path, double (*read)(const std::string&)) {
  double best = 0;
  for (;;) {
    const double cores = read(mount + (path == "/" ? "" : path));
    if (cores > 0 && (best == 0 || cores < best)) best = cores;
    if (path.empty() || path == "/") return best;
    path = path.substr(0, path.find_last_of('/'));
  }
}

double cgroup_quota() {
#if defined(__linux__)
  const double v2 = tightest("/sys/fs/cgroup", cgroup_path(""), read_v2);
  if (v2 > 0) return v2;
  return tightest("/sys/fs/cgroup/cpu", cgroup_path("cpu"), read_v1);
#else
  return 0;
#endif
}

std::mutex budget_mutex;
std::atomic<int> chosen{0};  // 0: not decided yet

// Leaked, as the pool is: read by threads that may outlive static destructors.
ThreadBudget& budget() {
  static ThreadBudget* const instance = new ThreadBudget{};
  return *instance;
}

void decide() {
  ThreadBudget& b = budget();
  b.affinity = affinity_cores();
  b.quota = cgroup_quota();
  b.threads = b.affinity;
  b.reason = "cores in the affinity mask";
  if (b.quota > 0 && std::ceil(b.quota) < b.threads) {
    b.threads = static_cast<int>(std::ceil(b.quota));
    b.reason = "cgroup CPU quota";
  }
  if (const std::string text = settings().threads; !text.empty()) {
    char* end = nullptr;
    const long value = std::strtol(text.c_str(), &end, 10);
    if (*end != '\0' || value < 1 || value > kMaxThreads)
      fail_value("KINDRED_THREADS: expected an integer from 1 to 1024 but received \"" + text + "\".");
    b.threads = static_cast<int>(value);
    b.reason = "KINDRED_THREADS";
  }
  chosen.store(b.threads, std::memory_order_release);
}

}  // namespace

ThreadBudget thread_budget() {
  std::lock_guard lock(budget_mutex);
  if (chosen.load(std::memory_order_relaxed) == 0) decide();
  return budget();
}

int thread_count() {
  const int threads = chosen.load(std::memory_order_acquire);
  return threads > 0 ? threads : thread_budget().threads;
}

void set_thread_count(int threads) {
  if (threads < 1 || threads > kMaxThreads)
    fail_value("threads: expected an integer from 1 to 1024 but received " + std::to_string(threads) + ".");
  std::lock_guard lock(budget_mutex);
  if (chosen.load(std::memory_order_relaxed) == 0) decide();
  budget().threads = threads;
  budget().reason = "set by the caller";
  chosen.store(threads, std::memory_order_release);
}

}  // namespace kindred
