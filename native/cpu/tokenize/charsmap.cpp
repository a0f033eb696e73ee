#include "cpu/tokenize/charsmap.h"

#include <cstring>

#include "cpu/tokenize/graphemes.h"
#include "cpu/tokenize/utf8_text.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

constexpr size_t kShortGrapheme = 6;  // bytes

uint32_t little_endian(const char* p) {
  const auto* u = reinterpret_cast<const uint8_t*>(p);
  return u[0] | u[1] << 8 | u[2] << 16 | static_cast<uint32_t>(u[3]) << 24;
}

}  // namespace

Charsmap::Charsmap(std::string_view map) {
  const size_t size = map.size() < 4 ? 0 : little_endian(map.data());
  if (size < 4 || size % 4 != 0 || size > map.size() - 4)
    fail_value("precompiled_charsmap: expected a trie and texts but received " + std::to_string(map.size()) +
               " bytes that are cut off.");
  trie_.resize(size / 4);
  for (size_t i = 0; i < trie_.size(); ++i) trie_[i] = little_endian(map.data() + 4 + 4 * i);
  const std::string_view texts = map.substr(4 + size);
  std::string storage;
  if (well_formed(texts, storage).data() != texts.data()) fail_value("precompiled_charsmap: expected texts in UTF-8.");
  texts_ = texts;
  for (int c = 0; c < 128; ++c) {
    const char character = static_cast<char>(c);
    std::string_view to;
    changes_[c] = find({&character, 1}, to);
  }
}

bool Charsmap::find(std::string_view text, std::string_view& to) const {
  const auto offset = [](uint32_t unit) { return (unit >> 10) << ((unit & (1u << 9)) >> 6); };
  uint32_t at = offset(trie_[0]);
  for (const char byte : text) {
    const auto c = static_cast<uint8_t>(byte);
    if (c == 0) return false;
    at ^= c;
    if (at >= trie_.size()) return false;
    const uint32_t unit = trie_[at];
    if ((unit & (1u << 31 | 0xFF)) != c) return false;
    at ^= offset(unit);
    if ((unit >> 8 & 1) == 0) continue;
    if (at >= trie_.size()) return false;
    const uint32_t begin = trie_[at] & ~(1u << 31);
    if (begin > texts_.size()) return false;
    const size_t end = texts_.find('\0', begin);
    to = std::string_view(texts_).substr(begin, end == std::string::npos ? end : end - begin);
    return true;
  }
  return false;
}

void Charsmap::append_mapped(std::string_view text, std::string& out) const {
  const char* p = text.data();
  const char* const end = p + text.size();
  while (p < end) {
    // Two ASCII characters are two clusters, but for a line's end.
    const char* run = p;
    while (run < end && static_cast<uint8_t>(*run) < 0x80 && !changes_[static_cast<uint8_t>(*run)] && *run != '\r')
      ++run;
    if (run > p && run < end && static_cast<uint8_t>(*run) >= 0x80) --run;
    if (run > p) {
      out.append(p, run);
      p = run;
      continue;
    }
    const char* after = end_of_grapheme(p, end);
    std::string_view to;
    if (static_cast<size_t>(after - p) < kShortGrapheme && find({p, static_cast<size_t>(after - p)}, to)) {
      out.append(to);
      p = after;
      continue;
    }
    while (p < after) {
      const auto length = static_cast<size_t>(length_of(*p));
      if (find({p, length}, to))
        out.append(to);
      else
        out.append(p, length);
      p += length;
    }
  }
}

}  // namespace kindred
