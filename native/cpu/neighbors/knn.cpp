#include "cpu/neighbors/knn.h"

#include "cpu/sparse/csr_of_lists.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

bool all_ones(const CsrView& csr, const AbortFlag* abort) {
  if (!csr.values) return true;
  Poll poll(abort);
  return std::all_of(csr.values, csr.values + csr.nonzeros(), [&](float value) {
    poll();
    return value == 1;
  });
}

NeighborLists all_lists(const CsrView& rows, const KnnOptions& options, const AbortFlag* abort) {
  if (options.similarity != KnnSimilarity::jaccard && !all_ones(rows, abort))
    return lists_by_products(rows, options, abort);
  const CsrView pattern{rows.indptr, rows.indices, nullptr, rows.rows, rows.cols};
  return counting_pays(pattern, abort) ? lists_by_counting(pattern, options, abort)
                                       : lists_by_products(pattern, options, abort);
}

}  // namespace

Csr nearest_rows(const CsrView& rows, const KnnOptions& options, const AbortFlag* abort) {
  if (options.neighbors < 1) fail_value("neighbors: expected at least 1.");
  if (!(options.shrinkage >= 0)) fail_value("shrinkage: expected at least 0.");
  return csr_of_lists(all_lists(rows, options, abort), rows.rows, abort);
}

}  // namespace kindred
