#include "napi/arguments.h"
#include "napi/environment.h"
#include "napi/exported.h"

namespace kindred::bindings {
namespace {

// adoptProcess(pid: number): void
KINDRED_EXPORT(adoptProcess) {
  Environment::Of(info.Env()).children.adopt(static_cast<int>(Count(info[0], "pid")));
  return info.Env().Undefined();
}

// releaseProcess(pid: number): void
KINDRED_EXPORT(releaseProcess) {
  Environment::Of(info.Env()).children.release(static_cast<int>(Count(info[0], "pid")));
  return info.Env().Undefined();
}

}  // namespace
}  // namespace kindred::bindings
