// The JavaScript side of an abort flag: lib/ raises it when an AbortSignal fires.
#pragma once

#include <memory>

#include "kindred/runtime/thread_pool.h"
#include "napi/napi.h"

namespace kindred::bindings {

class AbortFlagObject : public Napi::ObjectWrap<AbortFlagObject> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit AbortFlagObject(const Napi::CallbackInfo& info);

  // The flag of an AbortFlag object; null for undefined; ERR_VALUE for anything else.
  static std::shared_ptr<AbortFlag> FlagOf(const Napi::Value& value);

 private:
  void Raise(const Napi::CallbackInfo& info);

  std::shared_ptr<AbortFlag> flag_;
};

}  // namespace kindred::bindings
