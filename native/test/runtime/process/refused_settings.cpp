// Run with an illegal KINDRED_ISA or KINDRED_THREADS: exits 0 when both calls refuse it, each time they are asked, with
// an error that names the setting, what it held and what is legal.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "kindred/runtime/backend.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/settings.h"
#include "kindred/runtime/thread_pool.h"

namespace {

template <class Call>
bool refuses(const char* setting, const char* legal, Call call) {
  const char* received = std::getenv(setting);
  if (!received) return true;
  for (int attempt = 0; attempt < 2; ++attempt) {
    try {
      call();
      std::printf("%s=%s was accepted\n", setting, received);
      return false;
    } catch (const kindred::Error& error) {
      std::printf("%s: %s\n", error.code(), error.what());
      if (std::strcmp(error.code(), "ERR_VALUE") != 0) return false;
      for (const char* part : {setting, received, legal})
        if (!std::strstr(error.what(), part)) return false;
    }
  }
  return true;
}

}  // namespace

int main() {
  const auto setting = [](const char* name) -> std::string {
    const char* value = std::getenv(name);
    return value ? value : "";
  };
  kindred::configure({.isa = setting("KINDRED_ISA"), .threads = setting("KINDRED_THREADS")});
#if defined(__x86_64__)
  const char* everywhere = "baseline";
#else
  const char* everywhere = "portable";
#endif
  const bool isa = refuses("KINDRED_ISA", everywhere, [] { kindred::backend(); });
  const bool threads = refuses("KINDRED_THREADS", "1 to 1024", [] { kindred::thread_count(); });
  return isa && threads ? 0 : 1;
}
