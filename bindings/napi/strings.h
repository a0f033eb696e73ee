// JavaScript strings as UTF-8, copied on the JavaScript thread into one buffer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "napi/napi.h"

namespace kindred::bindings {

struct Strings {
  std::vector<char> utf8;
  std::vector<int64_t> offsets;  // [count + 1]

  int64_t count() const { return static_cast<int64_t>(offsets.size()) - 1; }
  std::string at(int64_t i) const { return {utf8.data() + offsets[i], utf8.data() + offsets[i + 1]}; }
};

// Elements [begin, end) of an array of strings; a lone surrogate becomes U+FFFD. Throws ERR_VALUE.
Strings StringsOf(const Napi::Value& value, int64_t begin, int64_t end, const char* name);

// All of them.
Strings StringsOf(const Napi::Value& value, const char* name);

}  // namespace kindred::bindings
