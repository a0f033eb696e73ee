// The one exception type that leaves native/. `code` is stable and becomes the `code` of the JavaScript error.
#pragma once

#include <stdexcept>
#include <string>

namespace kindred {

class Error : public std::runtime_error {
 public:
  Error(const char* code, const std::string& message) : std::runtime_error(message), code_(code) {}
  const char* code() const noexcept { return code_; }

 private:
  const char* code_;  // string literal
};

[[noreturn]] inline void fail_shape(const std::string& message) { throw Error("ERR_SHAPE", message); }
[[noreturn]] inline void fail_value(const std::string& message) { throw Error("ERR_VALUE", message); }
[[noreturn]] inline void fail_aborted() { throw Error("ERR_ABORTED", "The operation was aborted."); }

}  // namespace kindred
