#include "kindred/nn/sequences/perturbation.h"

#include <algorithm>
#include <cmath>

namespace kindred::nn {

void bound_sequences(ConstMatrix x, const Sequences& sequences, float limit, Length length, Matrix out,
                     const AbortFlag* abort) {
  check_sequences(sequences, x.rows);
  parallel_for(sequences.count, 1, abort, [&](int64_t begin, int64_t end) {
    for (int64_t s = begin; s < end; ++s) {
      const int64_t first = sequences.offsets[s], n = (sequences.offsets[s + 1] - first) * x.cols;
      if (n == 0) continue;
      const float* const from = x.row(first);
      float* const to = out.row(first);
      double squares = 0;  // gradients of single tokens may be as small as 1e-10, whose squares floats do not hold
      for (int64_t i = 0; i < n; ++i) squares += double(from[i]) * from[i];
      const double norm = std::sqrt(squares);
      if (norm == 0 || (length == Length::at_most && norm <= limit)) {
        std::copy_n(from, n, to);
        continue;
      }
      if (!std::isfinite(norm)) {
        std::fill_n(to, n, NAN);
        continue;
      }
      for (int64_t i = 0; i < n; ++i) to[i] = static_cast<float>(from[i] / norm * limit);
    }
  });
}

}  // namespace kindred::nn
