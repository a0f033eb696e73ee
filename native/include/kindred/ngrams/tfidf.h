// Term frequency times inverse document frequency (Sparck Jones 1972), as scikit-learn's TfidfTransformer has it.
#pragma once

#include <cstdint>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

enum class RowNorm { none, l1, l2 };

struct TfidfWeights {
  const double* idf = nullptr;  // [cols], or null: 1
  bool sublinear = false;       // 1 + ln(count) in place of a count
  RowNorm norm = RowNorm::l2;   // what each row is divided by, in double; a row of norm 0 stays
};

// values [nonzeros] of `counts`, in place: (sublinear) count * idf, divided by the row's norm. Throws ERR_SHAPE for a
// column beyond the matrix, ERR_ABORTED.
void weigh_tfidf(const CsrView& counts, const TfidfWeights& weights, float* values, const AbortFlag* abort);

}  // namespace kindred
