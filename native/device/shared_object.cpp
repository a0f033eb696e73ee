#include "device/shared_object.h"

#if defined(__linux__)
#include <dlfcn.h>
#endif

namespace kindred {

#if defined(__linux__)

SharedObject SharedObject::open(const std::string& path) {
  SharedObject library;
  library.handle_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library.handle_ == nullptr)
    if (const char* reason = dlerror()) library.error_ = reason;
  return library;
}

void* SharedObject::find(const char* name) const { return dlsym(handle_, name); }

#else

SharedObject SharedObject::open(const std::string&) {
  SharedObject library;
  library.error_ = "only Linux is supported";
  return library;
}

void* SharedObject::find(const char*) const { return nullptr; }

#endif

}  // namespace kindred
