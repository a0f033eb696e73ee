// Environment variables, read through `process.env`: Node's lock is then held, which getenv would race without.
#pragma once

#include <string>

#include "napi/napi.h"

namespace kindred::bindings {

// Empty where it is not set.
std::string SettingOf(Napi::Env env, const char* name);

}  // namespace kindred::bindings
