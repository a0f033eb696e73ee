#include "cpu/knn.h"

#include <limits>

#include "kindred/error.h"

namespace kindred {
namespace {

bool all_ones(const CsrView& csr) {
  return !csr.values || std::all_of(csr.values, csr.values + csr.nonzeros(), [](float value) { return value == 1; });
}

NeighborLists all_lists(const CsrView& rows, const KnnOptions& options, const AbortFlag* abort) {
  if (options.similarity != KnnSimilarity::jaccard && !all_ones(rows)) return lists_by_products(rows, options, abort);
  const CsrView pattern{rows.indptr, rows.indices, nullptr, rows.rows, rows.cols};
  return counting_pays(pattern) ? lists_by_counting(pattern, options, abort)
                                : lists_by_products(pattern, options, abort);
}

}  // namespace

Csr nearest_rows(const CsrView& rows, const KnnOptions& options, const AbortFlag* abort) {
  if (options.neighbors < 1) fail_value("neighbors: expected at least 1.");
  if (!(options.shrinkage >= 0)) fail_value("shrinkage: expected at least 0.");
  const NeighborLists lists = all_lists(rows, options, abort);

  Csr out;
  out.rows = out.cols = rows.rows;
  out.indptr.assign(rows.rows + 1, 0);
  int64_t total = 0;
  for (int64_t r = 0; r < rows.rows; ++r) {
    total += static_cast<int64_t>(lists[r].size());
    if (total > std::numeric_limits<int32_t>::max())
      throw Error("ERR_TOO_LARGE", "neighbors: expected at most 2147483647 in all lists together. Ask for fewer.");
    out.indptr[r + 1] = static_cast<int32_t>(total);
  }
  out.indices.resize(total);
  out.values.resize(total);
  for (int64_t r = 0, at = 0; r < rows.rows; ++r)
    for (const Scored& scored : lists[r]) {
      out.indices[at] = scored.item;
      out.values[at++] = scored.score;
    }
  return out;
}

}  // namespace kindred
