// Histograms of derivatives: sums over the rows of each bin.
#pragma once

#include <cstdint>

#include "cpu/trees/binned_table.h"

namespace kindred::trees {

// First and second derivative of the loss of one row, in whole units.
struct Derivatives {
  int32_t first, second;
};

// Sums over rows. Lane 0: first derivatives; lane 1: the number of rows, shifted left by Units::shift, and second
// derivatives below. Whole numbers: the order of a sum changes nothing, and a difference is exact.
typedef int64_t Sums __attribute__((vector_size(16)));

// What the whole numbers stand for.
struct Units {
  double first = 1, second = 1;
  int shift = 0;

  double first_of(Sums sums) const { return static_cast<double>(sums[0]) * first; }
  double second_of(Sums sums) const { return static_cast<double>(sums[1] & ((int64_t{1} << shift) - 1)) * second; }
  int64_t rows_of(Sums sums) const { return sums[1] >> shift; }
  int64_t one_row() const { return int64_t{1} << shift; }
};

// histogram [table.width][kBins] += the derivatives of `count` rows of a group: those in `rows`, or from `begin` on
// where it is null.
void add_to_histogram(const BinnedTable& table, int64_t group, const int32_t* rows, int64_t begin, int64_t count,
                      const Derivatives* derivatives, int64_t one_row, Sums* histogram);

}  // namespace kindred::trees
