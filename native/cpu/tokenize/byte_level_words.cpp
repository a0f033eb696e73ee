#include "cpu/tokenize/byte_level_words.h"

#include "cpu/tokenize/code_points.h"
#include "cpu/tokenize/utf8_text.h"

namespace kindred {
namespace {

enum Class : uint8_t { kOther, kLetter, kNumber, kSpace, kLineEnd };  // kLineEnd: \r and \n, white space too

struct Classes {
  Classes()
      : all([] {
          CodePointBits letters, numbers, white;
          add_property("L", letters);
          add_property("N", numbers);
          white.add_all(tokenizer_tables::kWhite);
          std::vector<uint8_t> values(kCodePoints);
          for (uint32_t point = 0; point < kCodePoints; ++point)
            values[point] = letters.has(point)   ? kLetter
                            : numbers.has(point) ? kNumber
                            : white.has(point)   ? kSpace
                                                 : kOther;
          values['\r'] = values['\n'] = kLineEnd;
          return values;
        }()) {
    for (uint32_t c = 0; c < 128; ++c) ascii[c] = all[c];
  }

  // The class of the character at p, which p is moved past.
  uint8_t take(const char*& p) const {
    const auto byte = static_cast<uint8_t>(*p);
    if (byte < 0x80) {
      ++p;
      return ascii[byte];
    }
    return all[next_point(p)];
  }

  CodePointMapOf<uint8_t> all;
  uint8_t ascii[128];
};

const Classes& classes() {
  static const Classes& classes = *new Classes();
  return classes;
}

// The end of the characters of a class from p on, `most` at most.
const char* run(const Classes& c, uint8_t kind, const char* p, const char* end, int most = 1 << 30) {
  while (p < end && most-- > 0) {
    const char* after = p;
    if (c.take(after) != kind) break;
    p = after;
  }
  return p;
}

bool is_white(uint8_t kind) { return kind >= kSpace; }

// \s+(?!\S)|\s+
const char* white_end(const Classes& c, const char* p, const char* end) {
  const char* last = p;
  bool several = false;
  while (p < end) {
    const char* after = p;
    if (!is_white(c.take(after))) return several ? last : p;
    several = p != last || several;
    last = p;
    p = after;
  }
  return p;
}

// Behind an apostrophe: the end of s, t, re, ve, m, ll, d; nullptr for something else.
const char* contraction_end(const char* p, const char* end, bool ignores_case) {
  if (p == end) return nullptr;
  const auto at = [&](const char* q) {
    if (q >= end) return 0;
    return ignores_case && *q >= 'A' && *q <= 'Z' ? *q + 32 : static_cast<int>(*q);
  };
  const int first = at(p), second = at(p + 1);
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return p + 1;
  if ((first == 'r' && second == 'e') || (first == 'v' && second == 'e') || (first == 'l' && second == 'l'))
    return p + 2;
  // U+017F, a long s.
  if (ignores_case && end - p >= 2 && static_cast<uint8_t>(p[0]) == 0xC5 && static_cast<uint8_t>(p[1]) == 0xBF)
    return p + 2;
  return nullptr;
}

// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,kDigits}|
// ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
template <int kDigits>
const char* cl100k_word_end(const char* p, const char* end) {
  const Classes& c = classes();
  if (*p == '\'')
    if (const char* after = contraction_end(p + 1, end, true)) return after;
  const char* after = p;
  const uint8_t kind = c.take(after);
  if (kind == kLetter) return run(c, kLetter, after, end);
  if (kind == kNumber) return run(c, kNumber, after, end, kDigits - 1);
  const char* second = after;
  const int next = after < end ? c.take(second) : -1;
  if (kind != kLineEnd && next == kLetter) return run(c, kLetter, second, end);
  if (kind == kOther || (*p == ' ' && next == kOther)) return run(c, kLineEnd, run(c, kOther, after, end), end);
  // White space: up to its last line's end, if it has one.
  const char* line_end = nullptr;
  for (const char* q = p; q < end;) {
    const uint8_t white = c.take(q);
    if (!is_white(white)) break;
    if (white == kLineEnd) line_end = q;
  }
  return line_end ? line_end : white_end(c, p, end);
}

constexpr char kCl100k[] =
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| "
    "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|"
    "\\s+(?!\\S)|\\s+";
constexpr char kQwen2[] =
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|"
    "\\s+(?!\\S)|\\s+";
constexpr char kGpt2[] = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

}  // namespace

const char* gpt2_word_end(const char* p, const char* end) {
  const Classes& c = classes();
  if (*p == '\'')
    if (const char* after = contraction_end(p + 1, end, false)) return after;
  const char* after = p;
  uint8_t kind = c.take(after);
  if (*p == ' ' && after < end) kind = c.take(after);
  if (!is_white(kind)) return run(c, kind, after, end);
  return white_end(c, p, end);
}

WordEnd word_end_of(const std::string& pattern) {
  if (pattern == kGpt2) return gpt2_word_end;
  if (pattern == kCl100k) return cl100k_word_end<3>;
  if (pattern == kQwen2) return cl100k_word_end<1>;
  return nullptr;
}

}  // namespace kindred
