#include "kindred/ngrams/tfidf.h"

#include <cmath>

#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr int64_t kRowsAtOnce = 256;

}  // namespace

void weigh_tfidf(const CsrView& counts, const TfidfWeights& weights, float* values, const AbortFlag* abort) {
  const auto weight = [&](int64_t n) {
    double value = values[n];
    if (weights.sublinear) value = std::log(value) + 1;
    return weights.idf ? value * weights.idf[counts.indices[n]] : value;
  };
  parallel_for(counts.rows, kRowsAtOnce, abort, [&](int64_t first, int64_t last) {
    Poll poll(abort);
    for (int64_t row = first; row < last; ++row) {
      const int64_t begin = counts.indptr[row], end = counts.indptr[row + 1];
      if (begin > end || begin < 0 || end > counts.nonzeros()) fail_shape("counts: expected ascending row pointers.");
      poll(end - begin);
      double norm = 0;
      for (int64_t n = begin; n < end; ++n) {
        if (counts.indices[n] < 0 || counts.indices[n] >= counts.cols) fail_shape("counts: a column is out of range.");
        const double value = weight(n);
        norm += weights.norm == RowNorm::l2 ? value * value : std::fabs(value);
      }
      if (weights.norm == RowNorm::l2) norm = std::sqrt(norm);
      if (weights.norm == RowNorm::none || norm == 0) norm = 1;
      for (int64_t n = begin; n < end; ++n) values[n] = static_cast<float>(weight(n) / norm);
    }
  });
}

}  // namespace kindred
