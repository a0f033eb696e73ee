#include "cpu/trees/histogram.h"

#include <utility>

namespace kindred::trees {
namespace {

constexpr int64_t kAhead = 16;  // rows fetched before their turn: those of a leaf are far apart

template <int width>
inline void add_row(const uint8_t* codes, Derivatives of, int64_t one_row, Sums* histogram) {
  const Sums sums = {of.first, one_row + of.second};
  for (int c = 0; c < width; ++c) histogram[c * kBins + codes[c]] += sums;
}

template <int width>
void add(const uint8_t* codes, const int32_t* rows, int64_t begin, int64_t count, const Derivatives* derivatives,
         int64_t one_row, Sums* histogram) {
  if (!rows) {
    for (int64_t r = begin; r < begin + count; ++r)
      add_row<width>(codes + r * width, derivatives[r], one_row, histogram);
    return;
  }
  int64_t i = 0;
  for (; i + kAhead < count; ++i) {
    const int64_t later = rows[i + kAhead], r = rows[i];
    __builtin_prefetch(codes + later * width);
    __builtin_prefetch(derivatives + later);
    add_row<width>(codes + r * width, derivatives[r], one_row, histogram);
  }
  for (; i < count; ++i) add_row<width>(codes + int64_t{rows[i]} * width, derivatives[rows[i]], one_row, histogram);
}

using Add = void (*)(const uint8_t*, const int32_t*, int64_t, int64_t, const Derivatives*, int64_t, Sums*);

constexpr Add kAdd[kMostGrouped] = {add<1>, add<2>, add<3>, add<4>, add<5>, add<6>, add<7>, add<8>};

}  // namespace

void add_to_histogram(const BinnedTable& table, int64_t group, const int32_t* rows, int64_t begin, int64_t count,
                      const Derivatives* derivatives, int64_t one_row, Sums* histogram) {
  kAdd[table.width - 1](table.group(group), rows, begin, count, derivatives, one_row, histogram);
}

}  // namespace kindred::trees
