// What was thrown on one thread, to be thrown or told on another. In place of std::exception_ptr, which ties the addon
// to the C++ library of GCC 11.
#pragma once

#include <string>

namespace kindred {

class Failure {
 public:
  // Of the exception being handled: within a catch block. Whatever is no Error or lack of memory is ERR_INTERNAL.
  static Failure current() noexcept;

  explicit operator bool() const { return code_ != nullptr; }
  const char* code() const { return code_; }
  const std::string& message() const { return message_; }

  // As an Error.
  [[noreturn]] void raise() const;

 private:
  const char* code_ = nullptr;  // string literal
  std::string message_;
};

}  // namespace kindred
