// A regular expression's text: what stands at a place of it, and the sets of characters that are written there.
#pragma once

#include <string>
#include <string_view>

#include "cpu/tokenize/code_points.h"

namespace kindred {

class RegexReader {
 public:
  explicit RegexReader(std::string_view pattern)
      : pattern_(pattern), p_(pattern.data()), end_(pattern.data() + pattern.size()) {}

 protected:
  static constexpr int kMaxDepth = 100;

  // Throws ERR_VALUE.
  [[noreturn]] void fail(const std::string& what) const;

  bool peek(const char* text) const;
  bool take(const char* text);

  // What a backslash begins: a class, true, which is added, or a character.
  bool escape(CodePointBits& bits, uint32_t& point);

  // The class behind a [.
  CodePointBits bracket();

  std::string_view pattern_;
  const char* p_;
  const char* const end_;
  int depth_ = 0;  // of groups and classes

 private:
  void property(CodePointBits& bits, bool negative);
  uint32_t character();
  uint32_t hexadecimal(int least, int most, char close);
  void named_class(CodePointBits& bits);
  bool member(CodePointBits& bits, uint32_t& point);
};

}  // namespace kindred
