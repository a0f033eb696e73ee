// C++ exceptions become JavaScript errors with a `code` here and nowhere else.
#pragma once

#include "kindred/runtime/failure.h"
#include "napi/napi.h"

namespace kindred::bindings {

Napi::Error ToJsError(Napi::Env env, const Failure& failure);

}  // namespace kindred::bindings
