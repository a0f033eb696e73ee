#include "test/harness/test.h"

#include <atomic>
#include <cstdio>
#include <cstring>
#include <exception>

#include "kindred/runtime/thread_pool.h"

namespace kindred::test {
namespace {

struct Case {
  const char* name;
  void (*body)();
};

std::vector<Case>& cases() {
  static std::vector<Case> instance;
  return instance;
}

std::atomic<int> failures{0};

}  // namespace

Registration::Registration(const char* name, void (*body)()) { cases().push_back({name, body}); }

void report(const char* file, int line, const std::string& message) {
  ++failures;
  std::fprintf(stderr, "%s:%d: %s\n", file, line, message.c_str());
}

int run_all() {
  for (const Case& test : cases()) {
    const int before = failures;
    try {
      test.body();
    } catch (const std::exception& error) {
      report(test.name, 0, std::string("unexpected exception: ") + error.what());
    }
    std::printf("%s %s\n", failures == before ? "ok    " : "FAILED", test.name);
  }
  std::printf("%zu tests, %d failed checks\n", cases().size(), failures.load());
  return failures > 0 || cases().empty() ? 1 : 0;
}

std::string text(const std::string& value) { return std::string("\"").append(value).append("\""); }
std::string text(const char* value) { return text(std::string(value)); }
std::string text(bool value) { return value ? "true" : "false"; }

void check_throws(const char* file, int line, const char* code, const char* part, const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    if (std::strcmp(error.code(), code) != 0 || std::strstr(error.what(), part) == nullptr)
      report(file, line,
             std::string("expected ") + code + " with \"" + part + "\" but received " + error.code() + ": " +
                 error.what());
    return;
  }
  report(file, line, std::string("expected ") + code + " but nothing was thrown");
}

void check_threads(const char* file, int line, const std::function<std::vector<double>()>& compute) {
  const int before = thread_count();
  std::vector<double> first;
  for (const int threads : {1, 2, 3, 8}) {
    set_thread_count(threads);
    const std::vector<double> result = compute();
    if (threads == 1)
      first = result;
    else if (result.size() != first.size() || std::memcmp(result.data(), first.data(), first.size() * 8) != 0)
      report(file, line, "other bits with " + text(threads) + " threads than with 1");
  }
  set_thread_count(before);
}

}  // namespace kindred::test
