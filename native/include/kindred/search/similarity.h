// Scores of queries against items, and the best of them.
//
// A score is larger for a better match, whatever the metric: the dot product, the cosine (0 where a norm is zero, NaN
// where either vector is not finite), or minus the Euclidean distance. Lists are ordered by score, best first, ties by
// item row: what ties is the score as a float. A NaN score is never listed.
#pragma once

#include <cstdint>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

enum class Metric { dot, cosine, euclidean };

// out [queries, items], row-major: every score. a [queries, dims], b [items, dims].
void similarity_matrix(ConstMatrix a, ConstMatrix b, Metric metric, float* out, const AbortFlag* abort);

// out [count]: the dot product of row a_rows[n] of a and row b_rows[n] of b, the same bits as in similarity_matrix; NaN
// where either row is -1. Throws ERR_SHAPE for other rows that are not there.
void dot_of_pairs(ConstMatrix a, ConstMatrix b, const int32_t* a_rows, const int32_t* b_rows, int64_t count, float* out,
                  const AbortFlag* abort);

// Which items a query may list: those allowed and not excluded.
struct ItemFilter {
  const CsrView* exclude = nullptr;  // [queries, items], the pattern: items that query q must not list
  const uint8_t* allow = nullptr;    // bitmaps, bit i of byte i / 8: item i may be listed; null allows all
  bool allow_shared = true;          // one bitmap for all queries, else [queries, ceil(items / 8)]
};

// Places that no eligible item fills hold index -1 and score NaN.
struct TopK {
  int32_t* indices;  // [queries, k]
  float* scores;     // [queries, k]
};

// The min(k, eligible) best items of each query, exactly, without a [queries, items] matrix.
void top_k(ConstMatrix queries, ConstMatrix items, Metric metric, int64_t k, const ItemFilter& filter, TopK out,
           const AbortFlag* abort);

// The same from scores [queries, items] that exist already.
void top_k_of_scores(ConstMatrix scores, int64_t k, const ItemFilter& filter, TopK out, const AbortFlag* abort);

}  // namespace kindred
