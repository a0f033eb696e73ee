// What the lists of the first k hold, for evaluation beyond accuracy. Where the items at the end of a list tie, each
// query draws their order anew, and figures are expected values.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/search/similarity.h"

namespace kindred {

// Over queries, one after the other; one length k > 0 a row.
struct ListTotals {
  double* misses;     // [lengths, items] multiplied by 1 - P(listed): how likely no query lists an item
  double* exposures;  // [lengths, items] increased by P(listed): how many queries list it
};

// values [value_count, items]: numbers of each item. sums [queries, lengths, value_count]: of the numbers of the listed
// items. The same bits for any number of threads.
void measure_lists(ConstMatrix scores, const ItemFilter& filter, const int32_t* lengths, int64_t length_count,
                   const double* values, int64_t value_count, ListTotals totals, double* sums, const AbortFlag* abort);

// Vectors of items [items, dims], dense or sparse: one of the two is set. Sparse ones without values are of ones.
struct ItemVectors {
  const ConstMatrix* dense = nullptr;
  const CsrView* sparse = nullptr;

  int64_t rows() const { return dense ? dense->rows : sparse->rows; }
  int64_t cols() const { return dense ? dense->cols : sparse->cols; }
  int64_t entries(int64_t item) const { return dense ? dense->cols : sparse->indptr[item + 1] - sparse->indptr[item]; }
};

// 1 / length of each vector [items], 0 for those of length 0.
std::vector<double> inverse_lengths(const ItemVectors& vectors, const AbortFlag* abort);

// similarities [queries, lengths]: the sum, over the pairs of items that a list holds, of the cosine of their vectors,
// 0 where one of them is 0. `inverse`: their inverse_lengths. Time O(listed and tied items * entries of their vectors)
// a query, and O(dims) a call and thread.
void pair_similarities(ConstMatrix scores, const ItemFilter& filter, const int32_t* lengths, int64_t length_count,
                       const ItemVectors& vectors, const double* inverse, double* similarities, const AbortFlag* abort);

}  // namespace kindred
