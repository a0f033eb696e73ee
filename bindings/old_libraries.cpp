// What lets an addon that was built against a new glibc and GCC load where there are old ones: glibc 2.28 and libstdc++
// of GCC 8 (RHEL 8, Debian 10). Each of the functions below exists there too, under an older version of its symbol: the
// linker sends calls here (--wrap), and here the old version is called. scripts/test-package.mjs holds the addon's
// symbols against the two floors.
#if defined(__GLIBC__) || __has_include(<features.h>)
#include <features.h>
#endif

#ifdef __GLIBC__
#include <dlfcn.h>

#include <cmath>
#include <new>

#if defined(__x86_64__)
#define OLDEST "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define OLDEST "GLIBC_2.17"
#endif

#define OLD(result, name, parameters, arguments)       \
  __asm__(".symver old_" #name ", " #name "@" OLDEST); \
  extern "C" result old_##name parameters;             \
  extern "C" result __wrap_##name parameters;          \
  extern "C" result __wrap_##name parameters { return old_##name arguments; }

OLD(double, exp, (double x), (x))
OLD(double, log, (double x), (x))
OLD(double, pow, (double x, double y), (x, y))
OLD(double, hypot, (double x, double y), (x, y))
OLD(void*, dlopen, (const char* file, int mode), (file, mode))
OLD(void*, dlsym, (void* handle, const char* name), (handle, name))
OLD(char*, dlerror, (), ())

// glibc 2.32: whether shared_ptr may count without atomic operations. Never.
extern "C" char __libc_single_threaded;
char __libc_single_threaded = 0;

// GCC 11: what operator new[] throws for a size that overflows.
namespace std {
void __throw_bad_array_new_length() { throw bad_array_new_length(); }
}  // namespace std
#endif
