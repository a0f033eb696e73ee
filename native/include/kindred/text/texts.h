// Many texts in one buffer.
#pragma once

#include <cstdint>
#include <string_view>

namespace kindred {

// Text i is utf8[offsets[i] .. offsets[i + 1]).
struct Texts {
  const char* utf8;
  const int64_t* offsets;  // [count + 1], ascending
  int64_t count;

  std::string_view operator[](int64_t i) const {
    return {utf8 + offsets[i], static_cast<size_t>(offsets[i + 1] - offsets[i])};
  }
};

}  // namespace kindred
