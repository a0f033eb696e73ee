#include <algorithm>
#include <cmath>

#include "kindred/neighbors/knn.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr double kK1 = 1.2, kB = 0.75;

double weight_of(const CsrView& documents, int32_t n) {
  return documents.values ? std::max(0.0, static_cast<double>(documents.values[n])) : 1.0;
}

}  // namespace

std::vector<double> length_norms(const CsrView& documents, const AbortFlag* abort) {
  std::vector<double> norms(documents.rows, 0.0);
  double total = 0;
  Poll poll(abort);
  for (int64_t d = 0; d < documents.rows; ++d) {
    poll(documents.indptr[d + 1] - documents.indptr[d] + 1);
    for (int32_t n = documents.indptr[d]; n < documents.indptr[d + 1]; ++n) norms[d] += weight_of(documents, n);
    total += norms[d];
  }
  const double mean = total / static_cast<double>(documents.rows);
  for (double& norm : norms) norm = 1 - kB + (total > 0 ? kB * norm / mean : 0);
  return norms;
}

std::vector<float> weigh(const CsrView& documents, TermWeighting weighting, const double* norms,
                         const AbortFlag* abort) {
  std::vector<double> idf(documents.cols, 1.0);  // 1 + df, then its logarithm
  const int64_t nonzeros = documents.nonzeros();
  in_steps(nonzeros, abort, [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) ++idf[documents.indices[n]];
  });
  for (double& value : idf) value = std::log(static_cast<double>(documents.rows) / value);
  std::vector<float> out(nonzeros);
  parallel_for(documents.rows, 256, abort, [&](int64_t begin, int64_t end) {
    Poll poll(abort);
    for (int64_t d = begin; d < end; ++d)
      for (int32_t n = documents.indptr[d]; n < documents.indptr[d + 1]; ++n) {
        poll();
        const double w = weight_of(documents, n);
        const double tf = weighting == TermWeighting::tfidf ? std::sqrt(w)
                          : w > 0                           ? w * (kK1 + 1) / (kK1 * norms[d] + w)
                                                            : 0.0;
        out[n] = static_cast<float>(tf * idf[documents.indices[n]]);
      }
  });
  return out;
}

}  // namespace kindred
