#include "kindred/words/weighted_means.h"

#include <algorithm>

#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr int64_t kSentencesAtOnce = 32;

}  // namespace

void weighted_means(const ConstMatrix& vectors, const float* weights, const int32_t* ids, int64_t count,
                    const int32_t* offsets, const Matrix& out, const AbortFlag* abort) {
  if (out.cols != vectors.cols) fail_shape("out: expected as many columns as vectors have.");
  parallel_for(out.rows, kSentencesAtOnce, abort, [&](int64_t begin, int64_t end) {
    Poll poll(abort);
    for (int64_t s = begin; s < end; ++s) {
      const int64_t from = offsets[s], to = offsets[s + 1];
      if (from < 0 || from > to || to > count) fail_shape("offsets: expected them to ascend within ids.");
      float* row = out.row(s);
      std::fill_n(row, out.cols, 0.0f);
      for (int64_t n = from; n < to; ++n) {
        poll(out.cols);
        if (ids[n] < 0 || ids[n] >= vectors.rows) fail_shape("ids: expected rows of vectors.");
        kernels().axpy(weights[ids[n]], vectors.row(ids[n]), row, out.cols);
      }
      if (to > from) kernels().scale(1 / static_cast<float>(to - from), row, out.cols);
    }
  });
}

}  // namespace kindred
