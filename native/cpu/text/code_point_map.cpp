#include "cpu/text/code_point_map.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "cpu/text/wordpiece_tables.h"

namespace kindred {
namespace {

using namespace wordpiece_tables;
using Entry = CodePointMap::Entry;

constexpr uint32_t kPoints = 0x110000;
constexpr uint32_t kCapitalDottedI = 0x130, kDotAbove = 0x307;

template <class Ranges, class Visit>
void each_point(const Ranges& ranges, Visit visit) {
  for (const auto& range : ranges)
    for (uint32_t point = range.first; point <= range.last; ++point) visit(point);
}

Entry make(CodePointMap::Form form, uint32_t value = 0, CodePointMap::Kind kind = CodePointMap::kWord,
           bool reordered = false) {
  return {value | form << 21 | kind << 24 | static_cast<uint32_t>(reordered) << 26};
}

// What the options make of single code points, as plain arrays over all of Unicode.
struct Properties {
  explicit Properties(const WordPieceOptions& options) : kind(kPoints), lower(kPoints), reordered(kPoints) {
    for (uint32_t point = 0; point < kPoints; ++point) lower[point] = point;
    each_point(kWhiteSpace, [&](uint32_t point) { kind[point] = CodePointMap::kSpace; });
    each_point(kPunctuation, [&](uint32_t point) { kind[point] = CodePointMap::kAlone; });
    if (options.lowercase)
      for (const Case& run : kLower)
        for (uint32_t point = run.first; point <= run.last; point += run.step) lower[point] = point + run.delta;
    if (options.strip_accents) each_point(kReordered, [&](uint32_t point) { reordered[point] = true; });
  }

  // The entry of code point `to`, which `from` has become.
  Entry entry(uint32_t from, uint32_t to, bool alone) const {
    to = lower[to];
    const auto target = alone ? CodePointMap::kAlone : static_cast<CodePointMap::Kind>(kind[to]);
    return from == to ? make(CodePointMap::kSelf, 0, target, reordered[to] != 0)
                      : make(CodePointMap::kOne, to, target, reordered[to] != 0);
  }

  std::vector<uint8_t> kind;
  std::vector<uint32_t> lower;
  std::vector<uint8_t> reordered;
};

}  // namespace

CodePointMap::CodePointMap(const WordPieceOptions& options) {
  const Properties is(options);
  std::vector<Entry> all(kPoints);
  std::vector<uint8_t> alone(kPoints);
  if (options.chinese) each_point(kChinese, [&](uint32_t point) { alone[point] = true; });
  for (uint32_t point = 0; point < kPoints; ++point) all[point] = is.entry(point, point, alone[point] != 0);

  const auto add_sequence = [&](std::initializer_list<uint32_t> points) {
    const auto begin = static_cast<uint32_t>(sequences_.size());
    for (const uint32_t point : points)
      if (point != 0) sequences_.push_back(is.entry(0, point, false));
    sequences_.push_back(make(kGone));
    return make(kSequence, begin);
  };
  if (options.strip_accents) {
    const int32_t* next = kDecompositions;
    each_point(kDecomposed, [&](uint32_t point) {
      const int32_t to = *next++;
      if (to >= 0) {
        all[point] = is.entry(point, to, alone[point] != 0);
      } else {
        const auto& points = kSequences[-1 - to];
        all[point] = add_sequence({points[0], points[1], points[2]});
      }
    });
    each_point(kMarks, [&](uint32_t point) { all[point] = make(kGone); });
    each_point(kStartingMarks, [&](uint32_t point) { all[point] = make(kGoneStart); });
    for (uint32_t point = 0xAC00; point <= 0xD7A3; ++point) all[point] = make(kSyllable);
  } else if (options.lowercase) {
    all[kCapitalDottedI] = add_sequence({'i', kDotAbove});
  }
  if (options.clean_text) {
    each_point(kWhiteSpace, [&](uint32_t point) { all[point] = make(kSelf, 0, CodePointMap::kSpace); });
    each_point(kRemoved, [&](uint32_t point) { all[point] = make(kGone); });
  }

  std::map<std::vector<uint32_t>, uint16_t> seen;
  for (uint32_t begin = 0; begin < kPoints; begin += kMask + 1) {
    std::vector<uint32_t> bits(kMask + 1);
    for (uint32_t i = 0; i <= kMask; ++i) bits[i] = all[begin + i].bits;
    const auto [block, is_new] = seen.try_emplace(std::move(bits), static_cast<uint16_t>(seen.size()));
    if (is_new) entries_.insert(entries_.end(), all.begin() + begin, all.begin() + begin + kMask + 1);
    blocks_.push_back(block->second);
  }
}

int64_t CodePointMap::bytes() const {
  return static_cast<int64_t>(blocks_.size() * sizeof(uint16_t) +
                              (entries_.size() + sequences_.size()) * sizeof(Entry));
}

int CodePointMap::combining(uint32_t point) {
  const auto* found = std::find_if(std::begin(kReordered), std::end(kReordered),
                                   [=](const Class& c) { return point >= c.first && point <= c.last; });
  return found == std::end(kReordered) ? 0 : static_cast<int>(found->combining);
}

}  // namespace kindred
