// A test executable: TEST(name) { CHECK...; } any number of times, and a main (main.cpp) that runs them all.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/error.h"

namespace kindred::test {

struct Registration {
  Registration(const char* name, void (*body)());
};

#define TEST(name)                                                   \
  static void name();                                                \
  static const kindred::test::Registration name##_test(#name, name); \
  static void name()

// Runs every test and prints what failed; 0 when all pass.
int run_all();

// Counts and prints a failed check; any thread may call it.
void report(const char* file, int line, const std::string& message);

std::string text(const std::string& value);
std::string text(const char* value);
std::string text(bool value);
template <class T>
std::string text(T value) {
  return std::to_string(value);
}

#define CHECK(condition)                                                                 \
  do {                                                                                   \
    if (!(condition)) kindred::test::report(__FILE__, __LINE__, "expected " #condition); \
  } while (false)

#define CHECK_EQUAL(received, expected)                                                                           \
  do {                                                                                                            \
    const auto& received_ = (received);                                                                           \
    const auto& expected_ = (expected);                                                                           \
    if (!(received_ == expected_))                                                                                \
      kindred::test::report(__FILE__, __LINE__,                                                                   \
                            "expected " #received " to be " + kindred::test::text(expected_) + " but received " + \
                                kindred::test::text(received_));                                                  \
  } while (false)

// |received - expected| <= absolute + relative * |expected|, elementwise; NaN matches NaN, an infinity itself. The
// first difference is printed.
template <class T, class U>
void check_close(const char* file, int line, const std::vector<T>& received, const std::vector<U>& expected,
                 double absolute, double relative);
#define CHECK_CLOSE(received, expected, absolute, relative) \
  kindred::test::check_close(__FILE__, __LINE__, received, expected, absolute, relative)

// The body throws kindred::Error with this code and a message that contains `part`.
void check_throws(const char* file, int line, const char* code, const char* part, const std::function<void()>& body);
#define CHECK_THROWS(code, part, ...) kindred::test::check_throws(__FILE__, __LINE__, code, part, [&] { __VA_ARGS__; })

// What `compute` returns has the same bits with 1, 2, 3 and 8 threads.
void check_threads(const char* file, int line, const std::function<std::vector<double>()>& compute);
#define CHECK_SAME_BITS(...) \
  kindred::test::check_threads(__FILE__, __LINE__, [&]() -> std::vector<double> { __VA_ARGS__; })

}  // namespace kindred::test

#include "test/harness/check_close.h"
