#include "kindred/nn/sequences/windows.h"

#include <algorithm>

namespace kindred::nn {
namespace {

// body(token, j, other) for every token, j < width, and the token there: those of one token on one thread. `other` is
// -1 beyond the sequence.
template <class Body>
void for_windows(const Sequences& sequences, int64_t width, const AbortFlag* abort, const Body& body) {
  parallel_for(sequences.count, 1, abort, [&](int64_t first, int64_t last) {
    for (int64_t s = first; s < last; ++s) {
      const int64_t begin = sequences.offsets[s], end = sequences.offsets[s + 1];
      for (int64_t t = begin; t < end; ++t)
        for (int64_t j = 0; j < width; ++j) {
          const int64_t other = t - (width - 1) / 2 + j;
          body(t, j, other >= begin && other < end ? other : -1);
        }
    }
  });
}

}  // namespace

void sequence_windows(ConstMatrix x, const Sequences& sequences, int64_t width, Matrix out, const AbortFlag* abort) {
  check_sequences(sequences, x.rows);
  for_windows(sequences, width, abort, [&](int64_t t, int64_t j, int64_t other) {
    float* const row = out.row(t) + j;
    for (int64_t c = 0; c < x.cols; ++c) row[c * width] = other < 0 ? 0.0f : x.row(other)[c];
  });
}

void sequence_windows_gradient(ConstMatrix dout, const Sequences& sequences, int64_t width, Matrix dx,
                               const AbortFlag* abort) {
  check_sequences(sequences, dx.rows);
  std::fill_n(dx.data, dx.rows * dx.cols, 0.0f);
  for_windows(sequences, width, abort, [&](int64_t t, int64_t j, int64_t other) {
    const float* const row = dout.row(t) + j;
    if (other >= 0)
      for (int64_t c = 0; c < dx.cols; ++c) dx.row(other)[c] += row[c * width];
  });
}

}  // namespace kindred::nn
