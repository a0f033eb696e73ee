// A shared library opened at run time, and never closed: what it started may outlive every caller.
#pragma once

#include <string>

namespace kindred {

class SharedObject {
 public:
  SharedObject() = default;

  // One that is not open, with the reason in error(), where the system refuses or cannot open libraries in this way.
  static SharedObject open(const std::string& path);

  explicit operator bool() const { return handle_ != nullptr; }
  const std::string& error() const { return error_; }

  // Null if there is none of that name.
  template <class Function>
  Function symbol(const char* name) const {
    return reinterpret_cast<Function>(find(name));
  }

 private:
  void* find(const char* name) const;

  void* handle_ = nullptr;
  std::string error_;
};

}  // namespace kindred
