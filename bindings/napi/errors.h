// C++ exceptions become JavaScript errors with a `code` here and nowhere else.
#pragma once

#include <exception>

#include "napi/napi.h"

namespace kindred::bindings {

Napi::Error ToJsError(Napi::Env env, const std::exception_ptr& error);

}  // namespace kindred::bindings
