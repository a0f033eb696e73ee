// The rows of a sparse matrix by rank, longest first, and its columns with their rows in that order: what a row of rank
// r shares with the rows before it are the heads of its columns, and dot products of long rows, where most products go,
// lie together.
#pragma once

#include <algorithm>
#include <numeric>
#include <type_traits>
#include <vector>

#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"
#include "kindred/sparse/csr.h"

namespace kindred {

// The rows of a column that rank before one of its rows.
struct Head {
  int32_t begin, count;  // of RankedColumns::entries
};

// Entry: WeightedRow, or int32_t for patterns; `row` is a rank.
template <class Entry>
struct RankedColumns {
  RankedColumns(const CsrView& rows, const AbortFlag* abort)
      : order(rows.rows), entries(rows.nonzeros()), products(rows.rows, 0), heads(rows.nonzeros()) {
    const auto length = [&](int32_t r) { return rows.indptr[r + 1] - rows.indptr[r]; };
    std::iota(order.begin(), order.end(), 0);
    Poll poll(abort);
    std::stable_sort(order.begin(), order.end(),
                     polled(poll, [&](int32_t a, int32_t b) { return length(a) > length(b); }));
    std::vector<int32_t> begins(rows.cols + 1, 0);
    in_steps(rows.nonzeros(), abort, [&](int64_t begin, int64_t end) {
      for (int64_t n = begin; n < end; ++n) ++begins[rows.indices[n] + 1];
    });
    std::partial_sum(begins.begin(), begins.end(), begins.begin());
    std::vector<int32_t> next(begins.begin(), begins.end() - 1);
    for (int32_t rank = 0; rank < rows.rows; ++rank) {
      poll(length(order[rank]) + 1);
      for (int32_t n = rows.indptr[order[rank]]; n < rows.indptr[order[rank] + 1]; ++n) {
        const int32_t begin = begins[rows.indices[n]], place = next[rows.indices[n]]++;
        heads[n] = {begin, place - begin};
        products[rank] += place - begin;
        if constexpr (std::is_same_v<Entry, WeightedRow>)
          entries[place] = {rank, rows.values[n]};
        else
          entries[place] = rank;
      }
    }
  }

  std::vector<int32_t> order;     // [rows] by rank
  std::vector<Entry> entries;     // [nonzeros] by column, then rank
  std::vector<int64_t> products;  // [rows] by rank: what all heads of the row hold
  std::vector<Head> heads;        // [nonzeros] by row
};

}  // namespace kindred
