#include "napi/keep_loaded.h"

#if defined(_WIN32)
#include <windows.h>
#elif defined(__APPLE__)
#include <dlfcn.h>
#endif

#include "kindred/runtime/error.h"

namespace kindred::bindings {
namespace {

bool hold() {
#if defined(_WIN32)
  HMODULE module = nullptr;
  return GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                            reinterpret_cast<LPCWSTR>(&hold), &module) != 0;
#elif defined(__APPLE__)
  Dl_info own;
  return dladdr(reinterpret_cast<const void*>(&hold), &own) != 0 &&
         dlopen(own.dli_fname, RTLD_LAZY | RTLD_NODELETE) != nullptr;
#else
  return true;
#endif
}

}  // namespace

void keep_loaded() {
  if (!hold()) throw Error("ERR_ADDON", "The system does not keep the native addon loaded, as its threads need.");
}

}  // namespace kindred::bindings
