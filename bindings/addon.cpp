// The addon's entry: one Environment per Node environment, then every function that the families export.
#include "napi/abort_flag.h"
#include "napi/environment.h"
#include "napi/errors.h"
#include "napi/exported.h"

namespace kindred::bindings {
namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  try {
    env.SetInstanceData(new Environment(env));
    exports.Set("AbortFlag", AbortFlagObject::Define(env));
    AddExported(env, exports);
    return exports;
  } catch (const Napi::Error&) {
    throw;
  } catch (...) {  // out of memory
    throw ToJsError(env, Failure::current());
  }
}

}  // namespace

NODE_API_MODULE(kindred, Init)

}  // namespace kindred::bindings
