// main of the test executables. Exit codes: 0 passed, 1 failed, 77 when KINDRED_ISA names an instruction set that this
// machine lacks (CTest counts it as skipped).
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "kindred/runtime/backend.h"
#include "kindred/runtime/settings.h"
#include "test/harness/test.h"

int main() {
  const char* value = std::getenv("KINDRED_ISA");
  const std::string forced = value ? value : "";
  const char* threads = std::getenv("KINDRED_THREADS");
  kindred::configure({.isa = forced, .threads = threads ? threads : ""});
  try {
    const kindred::Backend& backend = kindred::backend();
    std::printf("instruction set %s, %s\n", backend.isa.c_str(), backend.reason.c_str());
    if (!forced.empty()) CHECK_EQUAL(backend.isa, forced);
  } catch (const std::exception& error) {
    const bool optional = forced.starts_with("avx");
    std::printf("%s: %s\n", optional ? "skipped" : "failed", error.what());
    return optional ? 77 : 1;
  }
  return kindred::test::run_all();
}
