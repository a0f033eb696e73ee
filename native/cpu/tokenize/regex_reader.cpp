#include "cpu/tokenize/regex_reader.h"

#include <cstring>

#include "cpu/tokenize/utf8_text.h"
#include "kindred/runtime/error.h"

namespace kindred {

using Bits = CodePointBits;

void RegexReader::fail(const std::string& what) const {
  fail_value("pattern: expected a regular expression of the kind that is supported but received \"" +
             std::string(pattern_) + "\", which has " + what + " at byte " + std::to_string(p_ - pattern_.data()) +
             ".");
}

bool RegexReader::peek(const char* text) const {
  const size_t n = std::strlen(text);
  return static_cast<size_t>(end_ - p_) >= n && std::memcmp(p_, text, n) == 0;
}
bool RegexReader::take(const char* text) {
  if (!peek(text)) return false;
  p_ += std::strlen(text);
  return true;
}

// What a backslash begins: a class, true, or a character.
bool RegexReader::escape(Bits& bits, uint32_t& point) {
  ++p_;
  if (p_ == end_) fail("a \\ at its end");
  const char c = *p_;
  switch (c) {
    case 's':
    case 'S':
      bits.add_all(tokenizer_tables::kWhite);
      break;
    case 'd':
    case 'D':
      add_property("Nd", bits);
      break;
    case 'w':
    case 'W':
      bits.add_all(tokenizer_tables::kPatternWord);
      break;
    case 'h':
    case 'H':
      bits.add('0', '9');
      bits.add('a', 'f');
      bits.add('A', 'F');
      break;
    case 'p':
    case 'P':
      ++p_;
      property(bits, c == 'P');
      return true;
    default:
      point = character();
      return false;
  }
  ++p_;
  if (c >= 'A' && c <= 'Z') bits.negate();
  return true;
}

void RegexReader::property(Bits& bits, bool negative) {
  if (!take("{")) fail("a \\p without {}");
  if (take("^")) negative = !negative;
  const char* close = p_;
  while (close < end_ && *close != '}') ++close;
  if (close == end_) fail("a \\p without {}");
  const std::string name(p_, close);
  if (!add_property(name, bits)) fail("the property " + name + ", which is not known,");
  if (negative) bits.negate();
  p_ = close + 1;
}

uint32_t RegexReader::character() {  // behind a backslash
  const char c = *p_;
  const bool is_word = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_';
  if (!is_word) return next_point(p_);
  ++p_;
  switch (c) {
    case 't':
      return '\t';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 'f':
      return '\f';
    case 'v':
      return '\v';
    case 'a':
      return '\a';
    case 'e':
      return 0x1B;
    case 'x':
      if (take("{")) return hexadecimal(1, 8, '}');
      return hexadecimal(2, 2, 0);
    case 'u':
      return hexadecimal(4, 4, 0);
    default:
      --p_;
      fail("an escape that is not supported");
  }
}

uint32_t RegexReader::hexadecimal(int least, int most, char close) {
  uint64_t value = 0;
  int digits = 0;
  for (; digits < most && p_ < end_; ++digits, ++p_) {
    const char c = *p_;
    const int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
    if (digit < 0) break;
    value = value * 16 + digit;
  }
  if (digits < least || value >= kCodePoints || (value >= 0xD800 && value < 0xE000)) fail("a number of no character");
  if (close == 0) {
    // A byte of an encoding, not a character.
    if (most == 2 && value >= 0x80) fail("a byte beyond ASCII");
    return static_cast<uint32_t>(value);
  }
  if (p_ == end_ || *p_ != close) fail("a number of no character");
  ++p_;
  return static_cast<uint32_t>(value);
}

void RegexReader::named_class(Bits& bits) {  // at [:
  if (take("[:space:]"))
    bits.add_all(tokenizer_tables::kWhite);
  else if (take("[:digit:]"))
    add_property("Nd", bits);
  else
    fail("a class of this name, which is not supported,");
}

Bits RegexReader::bracket() {  // behind the [
  if (++depth_ > kMaxDepth) fail("classes too deep");
  const bool negative = take("^");
  Bits all, part;
  bool intersects = false, is_first = true;
  for (;; is_first = false) {
    if (p_ == end_) fail("a [ without ]");
    if (*p_ == ']' && !is_first) break;
    if (take("&&")) {
      if (intersects)
        all.keep(part);
      else
        all = part;
      part = Bits();
      intersects = true;
      continue;
    }
    if (peek("[:")) {
      named_class(part);
      continue;
    }
    if (take("[")) {
      part.add(bracket());
      continue;
    }
    uint32_t first = 0;
    if (member(part, first)) continue;
    if (p_ + 1 < end_ && *p_ == '-' && p_[1] != ']') {
      ++p_;
      Bits none;
      uint32_t last = 0;
      if (*p_ == '[' || member(none, last)) fail("a range to a class");
      if (last < first) fail("a range whose end is before its beginning");
      part.add(first, last);
    } else {
      part.add(first, first);
    }
  }
  ++p_;
  if (intersects)
    all.keep(part);
  else
    all = std::move(part);
  if (negative) all.negate();
  --depth_;
  return all;
}

// One member of a class: true for a class, which is added, or its character.
bool RegexReader::member(Bits& bits, uint32_t& point) {
  if (*p_ != '\\') {
    point = next_point(p_);
    return false;
  }
  Bits own;
  if (!escape(own, point)) return false;
  bits.add(own);
  return true;
}

}  // namespace kindred
