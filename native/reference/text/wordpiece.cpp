#include "reference/text/wordpiece.h"

#include <algorithm>
#include <map>

#include "cpu/text/utf8.h"
#include "cpu/text/wordpiece_tables.h"
#include "reference/text/decompose.h"

namespace kindred::reference {
namespace {

using namespace wordpiece_tables;
using Points = std::vector<uint32_t>;

template <class Ranges>
bool in(const Ranges& ranges, uint32_t point) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [=](const auto& r) { return point >= r.first && point <= r.last; });
}

Points clean(const Points& text) {
  Points out;
  for (const uint32_t point : text)
    if (!in(kRemoved, point)) out.push_back(in(kWhiteSpace, point) ? ' ' : point);
  return out;
}

Points space_ideographs(const Points& text) {
  Points out;
  for (const uint32_t point : text) {
    const bool ideograph = in(kChinese, point);
    if (ideograph) out.push_back(' ');
    out.push_back(point);
    if (ideograph) out.push_back(' ');
  }
  return out;
}

uint32_t combining(uint32_t point) {
  for (const Class& c : kReordered)
    if (point >= c.first && point <= c.last) return c.combining;
  return 0;
}

// Canonical decomposition of a character that is no mark, without marks.
Points decomposed(uint32_t point) {
  return decompose(point, kDecomposed, kDecompositions, [](int32_t i) { return &kSequences[i][0]; });
}

// Canonical decomposition in canonical order, then the marks go; `barrier` stands for one that starts a run.
Points strip_accents(const Points& text) {
  constexpr uint32_t barrier = 0xFFFFFFFF;
  Points out;
  for (const uint32_t point : text) {
    if (in(kStartingMarks, point)) {
      out.push_back(barrier);
    } else if (!in(kMarks, point)) {
      const Points parts = decomposed(point);
      out.insert(out.end(), parts.begin(), parts.end());
    }
  }
  for (auto begin = out.begin(); begin != out.end();) {
    const auto end = std::find_if(begin, out.end(), [](uint32_t p) { return combining(p) == 0; });
    std::stable_sort(begin, end, [](uint32_t a, uint32_t b) { return combining(a) < combining(b); });
    begin = end == out.end() ? end : end + 1;
  }
  out.erase(std::remove(out.begin(), out.end(), barrier), out.end());
  return out;
}

Points lowercase(const Points& text) {
  Points out;
  for (const uint32_t point : text) {
    if (point == 0x130) {
      out.insert(out.end(), {'i', 0x307});
      continue;
    }
    int32_t delta = 0;
    for (const Case& c : kLower)
      if (point >= c.first && point <= c.last && (point - c.first) % c.step == 0) delta = c.delta;
    out.push_back(point + delta);
  }
  return out;
}

std::string utf8(const Points& points) {
  std::string out;
  char bytes[4];
  for (const uint32_t point : points) out.append(bytes, encode_utf8(point, bytes));
  return out;
}

std::vector<Points> words(const Points& text) {
  std::vector<Points> out(1);
  for (const uint32_t point : text) {
    if (in(kWhiteSpace, point)) {
      out.emplace_back();
    } else if (in(kPunctuation, point)) {
      out.push_back({point});
      out.emplace_back();
    } else {
      out.back().push_back(point);
    }
  }
  out.erase(std::remove(out.begin(), out.end(), Points{}), out.end());
  return out;
}

using Ids = std::map<std::string, int32_t>;

std::vector<int32_t> pieces(const Points& word, const Ids& ids, const WordPieceOptions& options) {
  const std::vector<int32_t> unknown{ids.at(options.unknown)};
  if (static_cast<int64_t>(word.size()) > options.max_characters) return unknown;
  std::vector<int32_t> out;
  for (size_t begin = 0; begin < word.size();) {
    size_t end = word.size();
    for (; end > begin; --end) {
      const std::string piece = utf8(Points(word.begin() + begin, word.begin() + end));
      const auto found = ids.find(begin == 0 ? piece : options.prefix + piece);
      if (found == ids.end()) continue;
      out.push_back(found->second);
      break;
    }
    if (end == begin) return unknown;
    begin = end;
  }
  return out;
}

}  // namespace

std::vector<int32_t> encode(const std::vector<std::string>& vocabulary, const WordPieceOptions& options,
                            std::string_view text) {
  Ids ids;
  for (size_t i = 0; i < vocabulary.size(); ++i)
    if (!vocabulary[i].empty()) ids[vocabulary[i]] = static_cast<int32_t>(i);
  std::vector<int32_t> out;
  std::string raw;
  const auto end_raw = [&] {
    Points points;
    const auto* p = reinterpret_cast<const uint8_t*>(raw.data());
    for (const auto* end = p + raw.size(); p < end;) points.push_back(decode_utf8(p, end));
    if (options.clean_text) points = clean(points);
    if (options.chinese) points = space_ideographs(points);
    if (options.strip_accents) points = strip_accents(points);
    if (options.lowercase) points = lowercase(points);
    for (const Points& word : words(points))
      for (const int32_t id : pieces(word, ids, options)) out.push_back(id);
    raw.clear();
  };
  while (!text.empty()) {
    std::string longest;
    for (const std::string& token : options.added)
      if (text.starts_with(token) && token.size() > longest.size()) longest = token;
    if (longest.empty()) {
      raw += text[0];
      text.remove_prefix(1);
    } else {
      end_raw();
      out.push_back(ids.at(longest));
      text.remove_prefix(longest.size());
    }
  }
  end_raw();
  return out;
}

}  // namespace kindred::reference
