#include "cpu/ngrams/code_points.h"

#include "cpu/ngrams/unicode_tables.h"

namespace kindred {
namespace {

using namespace unicode_tables;

template <class Ranges, class Visit>
void each_point(const Ranges& ranges, Visit visit) {
  for (const auto& range : ranges)
    for (uint32_t point = range.first; point <= range.last; ++point) visit(point);
}

BlockTable<uint32_t> make_code_points() {
  std::vector<uint32_t> all(kCodePoints);
  for (uint32_t point = 0; point < kCodePoints; ++point) all[point] = point;
  for (const Case& run : kLower)
    for (uint32_t point = run.first; point <= run.last; point += run.step) all[point] = point + run.delta;
  each_point(kWord, [&](uint32_t point) { all[point] |= CodePoint::kWord; });
  each_point(kSpace, [&](uint32_t point) { all[point] |= CodePoint::kSpace; });
  each_point(kCased, [&](uint32_t point) { all[point] |= CodePoint::kCased; });
  each_point(kIgnorable, [&](uint32_t point) { all[point] |= CodePoint::kIgnorable; });
  return BlockTable<uint32_t>(all);
}

BlockTable<int32_t> make_decompositions() {
  std::vector<int32_t> all(kCodePoints);
  const int32_t* next = kDecompositions;
  each_point(kDecomposed, [&](uint32_t point) { all[point] = *next++; });
  return BlockTable<int32_t>(all);
}

}  // namespace

// Leaked: a call may run while static destructors do.
const BlockTable<uint32_t>& code_points() {
  static const auto* table = new BlockTable<uint32_t>(make_code_points());
  return *table;
}

const BlockTable<int32_t>& decompositions() {
  static const auto* table = new BlockTable<int32_t>(make_decompositions());
  return *table;
}

const uint32_t* decomposition_sequence(int32_t at) { return kSequences + at; }

}  // namespace kindred
