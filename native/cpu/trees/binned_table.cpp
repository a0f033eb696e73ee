#include "cpu/trees/binned_table.h"

#include <algorithm>

#include "kindred/runtime/error.h"

namespace kindred::trees {
namespace {

constexpr int64_t kRowsPerChunk = 4096;

void check_columns(const std::vector<NumberSource>& sources, const EdgesView& edges) {
  if (static_cast<int64_t>(sources.size()) != edges.columns)
    fail_shape("columns: expected as many as there are edges for.");
}

}  // namespace

BinnedTable bin_table(const std::vector<NumberSource>& sources, int64_t rows, const EdgesView& edges,
                      const AbortFlag* abort) {
  check_columns(sources, edges);
  BinnedTable out;
  out.rows = rows;
  out.columns = edges.columns;
  out.groups = (out.columns + kMostGrouped - 1) / kMostGrouped;
  out.width = out.groups == 0 ? 1 : (out.columns + out.groups - 1) / out.groups;
  for (int64_t c = 0; c < out.columns; ++c) out.bins.push_back(static_cast<int32_t>(edges.count(c)) + 2);
  out.codes.assign(out.groups * rows * out.width, 0);
  const int64_t chunks = (rows + kRowsPerChunk - 1) / kRowsPerChunk;
  parallel_for(out.groups * chunks, 1, abort, [&](int64_t task, int64_t) {
    const int64_t group = task / chunks, begin = task % chunks * kRowsPerChunk;
    const int64_t count = std::min(kRowsPerChunk, rows - begin);
    for (int64_t c = group * out.width; c < std::min((group + 1) * out.width, out.columns); ++c)
      write_bins(sources[c], begin, count, edges.of(c), edges.count(c),
                 const_cast<uint8_t*>(out.column(c)) + begin * out.width, out.width);
  });
  return out;
}

LargeVector<uint8_t> bin_rows(const std::vector<NumberSource>& sources, int64_t rows, const EdgesView& edges,
                              const AbortFlag* abort) {
  check_columns(sources, edges);
  LargeVector<uint8_t> codes(rows * edges.columns);
  parallel_for(rows, 256, abort, [&](int64_t begin, int64_t end) {
    for (int64_t c = 0; c < edges.columns; ++c)
      write_bins(sources[c], begin, end - begin, edges.of(c), edges.count(c), codes.data() + begin * edges.columns + c,
                 edges.columns);
  });
  return codes;
}

}  // namespace kindred::trees
