#include "napi/abort_flag.h"

#include <new>

#include "kindred/runtime/error.h"
#include "napi/errors.h"

namespace kindred::bindings {
namespace {

// Tells our objects from any other wrapped object before the pointer is trusted.
constexpr napi_type_tag kTag = {0x6b696e6472656421, 0x61626f7274666c67};

}  // namespace

Napi::Function AbortFlagObject::Define(Napi::Env env) {
  return DefineClass(env, "AbortFlag", {InstanceMethod<&AbortFlagObject::Raise>("raise")});
}

AbortFlagObject::AbortFlagObject(const Napi::CallbackInfo& info) try
    : ObjectWrap(info), flag_(std::make_shared<AbortFlag>(false)) {
  info.This().As<Napi::Object>().TypeTag(&kTag);
} catch (const std::bad_alloc&) {
  throw ToJsError(info.Env(), Failure::current());
}

std::shared_ptr<AbortFlag> AbortFlagObject::FlagOf(const Napi::Value& value) {
  if (value.IsUndefined()) return nullptr;
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTag))
    fail_value("abort: expected an AbortFlag or undefined.");
  return Unwrap(value.As<Napi::Object>())->flag_;
}

// raise(): void
void AbortFlagObject::Raise(const Napi::CallbackInfo&) { flag_->store(true); }

}  // namespace kindred::bindings
