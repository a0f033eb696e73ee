// Columns of numbers in at most 256 bins each: what histograms are counted over.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/runtime/thread_pool.h"

namespace kindred::trees {

// One number a row: doubles, or floats where `doubles` is null, `stride` apart. NaN is a missing one.
struct NumberSource {
  const double* doubles = nullptr;
  const float* floats = nullptr;
  int64_t stride = 1;
};

// Bin 0 is of what is missing. Bin b from 1 on holds the numbers above edges[b - 2] and up to edges[b - 1]; the last
// has no upper bound.
constexpr int kMostBins = 255;  // of numbers

// The edges of all columns, one after another.
struct Edges {
  std::vector<double> values;
  std::vector<int32_t> offsets;  // [columns + 1]
};

struct EdgesView {
  const double* values = nullptr;
  const int32_t* offsets = nullptr;  // [columns + 1]
  int64_t columns = 0;

  const double* of(int64_t column) const { return values + offsets[column]; }
  int64_t count(int64_t column) const { return offsets[column + 1] - offsets[column]; }
};

// Edges for at most `bins` bins of the finite numbers of each column: halfway between neighbours where there are no
// more different numbers than that, else such that bins hold about as many rows each, a number that is in more rows a
// bin of its own (Ke et al. 2017, "LightGBM: a highly efficient gradient boosting decision tree", 3). Of more than
// 200,000 rows as many are looked at, spread over all. The same for any number of threads. Throws ERR_VALUE unless 2 <=
// bins <= 255.
Edges bin_edges(const std::vector<NumberSource>& sources, int64_t rows, int64_t bins, const AbortFlag* abort);

// out[i * stride] = the bin of number `begin` + i of the source, i < count; edges [count_of_edges] ascend.
void write_bins(const NumberSource& source, int64_t begin, int64_t count, const double* edges, int64_t count_of_edges,
                uint8_t* out, int64_t stride);

// Throws ERR_VALUE for edges that are not finite or do not ascend, ERR_SHAPE for offsets that do not fit or a column of
// more than 254 edges.
void check_edges(const EdgesView& edges, int64_t values);

}  // namespace kindred::trees
