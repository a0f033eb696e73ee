#include "napi/arguments.h"
#include "napi/environment.h"
#include "napi/exported.h"

namespace kindred::bindings {
namespace {

// 0 and below would mean groups of processes, this one's among them.
int PidOf(const Napi::Value& value) {
  const int64_t pid = Count(value, "pid");
  if (pid < 1) fail_value("pid: expected the number of a process but received " + std::to_string(pid) + ".");
  return static_cast<int>(pid);
}

// adoptProcess(pid: number): void
KINDRED_EXPORT(adoptProcess) {
  Environment::Of(info.Env()).children.adopt(PidOf(info[0]));
  return info.Env().Undefined();
}

// releaseProcess(pid: number): void
KINDRED_EXPORT(releaseProcess) {
  Environment::Of(info.Env()).children.release(PidOf(info[0]));
  return info.Env().Undefined();
}

}  // namespace
}  // namespace kindred::bindings
