// Lists of scored items as sparse rows.
#pragma once

#include <algorithm>
#include <limits>
#include <vector>

#include "cpu/search/best_list.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"
#include "kindred/sparse/csr.h"

namespace kindred {

// [lists.size(), cols] from one list a row, items ascending. Throws ERR_TOO_LARGE beyond 2^31 - 1 entries in all.
inline Csr csr_of_lists(const std::vector<std::vector<Scored>>& lists, int64_t cols, const AbortFlag* abort) {
  const auto rows = static_cast<int64_t>(lists.size());
  Csr out;
  out.rows = rows;
  out.cols = cols;
  out.indptr.assign(rows + 1, 0);
  int64_t total = 0;
  for (int64_t r = 0; r < rows; ++r) {
    total += static_cast<int64_t>(lists[r].size());
    if (total > std::numeric_limits<int32_t>::max())
      throw Error("ERR_TOO_LARGE", "neighbors: expected at most 2147483647 in all lists together. Ask for fewer.");
    out.indptr[r + 1] = static_cast<int32_t>(total);
  }
  out.indices.resize(total);
  out.values.resize(total);
  Poll poll(abort);
  for (int64_t r = 0, at = 0; r < rows; ++r) {
    poll(static_cast<int64_t>(lists[r].size()) + 1);
    for (const Scored& scored : lists[r]) {
      out.indices[at] = scored.item;
      out.values[at++] = scored.score;
    }
  }
  return out;
}

// The entries of a best list, by item; the list is empty then.
inline std::vector<Scored> by_item(BestList& best) {
  std::vector<Scored> list = best.take();
  std::sort(list.begin(), list.end(), [](const Scored& a, const Scored& b) { return a.item < b.item; });
  return list;
}

// The `count` largest entries of each row, ties by column.
inline Csr best_of_rows(const CsrView& csr, int64_t count, const AbortFlag* abort) {
  std::vector<std::vector<Scored>> lists(csr.rows);
  parallel_for(csr.rows, 64, abort, [&](int64_t begin, int64_t end) {
    Poll poll(abort);
    for (int64_t r = begin; r < end; ++r) {
      poll(csr.indptr[r + 1] - csr.indptr[r]);
      BestList best(std::min<int64_t>(count, csr.indptr[r + 1] - csr.indptr[r]));
      for (int32_t n = csr.indptr[r]; n < csr.indptr[r + 1]; ++n) best.push({csr.values[n], csr.indices[n]});
      lists[r] = by_item(best);
    }
  });
  return csr_of_lists(lists, csr.cols, abort);
}

}  // namespace kindred
