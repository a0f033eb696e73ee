// The bins of a table, laid out for the counting of histograms.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/runtime/large_pages.h"
#include "kindred/trees/bins.h"

namespace kindred::trees {

// Histograms of this many columns at most are counted in one pass over the rows: they stay in the nearest cache, and
// one read of a row serves all of them.
constexpr int64_t kMostGrouped = 8;
constexpr int64_t kBins = 256;  // places of a histogram, whatever its column has

// codes [groups][rows][width]: columns group * width and on; those beyond the last are of zeros.
struct BinnedTable {
  int64_t rows = 0, columns = 0;
  int64_t groups = 0, width = 0;
  std::vector<int32_t> bins;  // [columns]: codes are below it
  LargeVector<uint8_t> codes;

  // The code of row r is at [r * width].
  const uint8_t* column(int64_t c) const { return codes.data() + c / width * rows * width + c % width; }
  const uint8_t* group(int64_t g) const { return codes.data() + g * rows * width; }
};

BinnedTable bin_table(const std::vector<NumberSource>& sources, int64_t rows, const EdgesView& edges,
                      const AbortFlag* abort);

// The same as codes [rows, columns].
LargeVector<uint8_t> bin_rows(const std::vector<NumberSource>& sources, int64_t rows, const EdgesView& edges,
                              const AbortFlag* abort);

}  // namespace kindred::trees
