#include "kindred/nn/sequences/sequences.h"

#include <algorithm>
#include <string>
#include <vector>

#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred::nn {
namespace {

// body(sequence, its first token, the one behind its last, poll) of each
template <class Body>
void for_sequences(const Sequences& sequences, int64_t tokens, const AbortFlag* abort, const Body& body) {
  check_sequences(sequences, tokens);
  const int32_t* const offsets = sequences.offsets;
  parallel_for(sequences.count, 4, abort, [&](int64_t begin, int64_t end) {
    Poll poll(abort);
    for (int64_t s = begin; s < end; ++s) body(s, int64_t{offsets[s]}, int64_t{offsets[s + 1]}, poll);
  });
}

int64_t slice_of(int64_t dims, int64_t heads) {
  if (heads < 1 || dims % heads != 0)
    fail_shape("weights: expected a divisor of " + std::to_string(dims) + " dimensions as heads but received " +
               std::to_string(heads) + ".");
  return dims / heads;
}

}  // namespace

void sequence_sum(ConstMatrix x, const Sequences& sequences, Matrix out, const AbortFlag* abort) {
  for_sequences(sequences, x.rows, abort, [&](int64_t s, int64_t first, int64_t end, Poll& poll) {
    std::fill_n(out.row(s), out.cols, 0.0f);
    for (int64_t t = first; t < end; ++t) {
      poll(x.cols);
      kernels().axpy(1.0f, x.row(t), out.row(s), x.cols);
    }
  });
}

void sequence_sum_gradient(ConstMatrix dy, const Sequences& sequences, Matrix dx, const AbortFlag* abort) {
  for_sequences(sequences, dx.rows, abort, [&](int64_t s, int64_t first, int64_t end, Poll& poll) {
    for (int64_t t = first; t < end; ++t) {
      poll(dx.cols);
      std::copy_n(dy.row(s), dx.cols, dx.row(t));
    }
  });
}

void sequence_max(ConstMatrix x, const Sequences& sequences, Matrix out, int32_t* places, const AbortFlag* abort) {
  for_sequences(sequences, x.rows, abort, [&](int64_t s, int64_t first, int64_t end, Poll& poll) {
    float* const most = out.row(s);
    int32_t* const place = places + s * x.cols;
    std::fill_n(place, x.cols, first < end ? static_cast<int32_t>(first) : -1);
    if (first < end)
      std::copy_n(x.row(first), x.cols, most);
    else
      std::fill_n(most, x.cols, 0.0f);
    for (int64_t t = first + 1; t < end; ++t) {
      poll(x.cols);
      const float* const row = x.row(t);
      for (int64_t c = 0; c < x.cols; ++c)
        if (row[c] > most[c] || (row[c] != row[c] && most[c] == most[c])) {
          most[c] = row[c];
          place[c] = static_cast<int32_t>(t);
        }
    }
  });
}

void sequence_max_gradient(ConstMatrix dy, const int32_t* places, const Sequences& sequences, Matrix dx,
                           const AbortFlag* abort) {
  for_sequences(sequences, dx.rows, abort, [&](int64_t s, int64_t first, int64_t end, Poll& poll) {
    for (int64_t t = first; t < end; ++t) {
      poll(dx.cols);
      std::fill_n(dx.row(t), dx.cols, 0.0f);
    }
    for (int64_t c = 0; c < dx.cols; ++c) {
      const int32_t place = places[s * dx.cols + c];
      if (place == -1 && first == end) continue;
      if (place < first || place >= end)
        fail_value("places: expected a row of sequence " + std::to_string(s) + " but received " +
                   std::to_string(place) + ".");
      dx.row(place)[c] = dy.row(s)[c];
    }
  });
}

void sequence_softmax(ConstMatrix x, const Sequences& sequences, Matrix y, const AbortFlag* abort) {
  for_sequences(sequences, x.rows, abort, [&](int64_t, int64_t first, int64_t end, Poll& poll) {
    if (first == end) return;
    std::vector<float> column(end - first);
    for (int64_t h = 0; h < x.cols; ++h) {
      poll(end - first);
      for (int64_t t = first; t < end; ++t) column[t - first] = x.row(t)[h];
      kernels().nn.softmax(column.data(), end - first, column.data());
      for (int64_t t = first; t < end; ++t) y.row(t)[h] = column[t - first];
    }
  });
}

void sequence_softmax_gradient(ConstMatrix y, ConstMatrix dy, const Sequences& sequences, Matrix dx,
                               const AbortFlag* abort) {
  for_sequences(sequences, y.rows, abort, [&](int64_t, int64_t first, int64_t end, Poll& poll) {
    std::vector<double> means(y.cols, 0.0);
    for (int64_t t = first; t < end; ++t) {
      poll(y.cols);
      for (int64_t h = 0; h < y.cols; ++h) means[h] += double(y.row(t)[h]) * dy.row(t)[h];
    }
    for (int64_t t = first; t < end; ++t) {
      poll(y.cols);
      for (int64_t h = 0; h < y.cols; ++h) dx.row(t)[h] = static_cast<float>(y.row(t)[h] * (dy.row(t)[h] - means[h]));
    }
  });
}

void sequence_weighted_sum(ConstMatrix x, ConstMatrix weights, const Sequences& sequences, Matrix out,
                           const AbortFlag* abort) {
  const int64_t slice = slice_of(x.cols, weights.cols);
  for_sequences(sequences, x.rows, abort, [&](int64_t s, int64_t first, int64_t end, Poll& poll) {
    std::fill_n(out.row(s), out.cols, 0.0f);
    for (int64_t t = first; t < end; ++t) {
      poll(x.cols);
      for (int64_t h = 0; h < weights.cols; ++h)
        kernels().axpy(weights.row(t)[h], x.row(t) + h * slice, out.row(s) + h * slice, slice);
    }
  });
}

void sequence_weighted_sum_gradient(ConstMatrix x, ConstMatrix weights, const Sequences& sequences, ConstMatrix dy,
                                    Matrix dx, Matrix dweights, const AbortFlag* abort) {
  const int64_t slice = slice_of(x.cols, weights.cols);
  for_sequences(sequences, x.rows, abort, [&](int64_t s, int64_t first, int64_t end, Poll& poll) {
    for (int64_t t = first; t < end; ++t) {
      poll(x.cols);
      std::copy_n(dy.row(s), x.cols, dx.row(t));
      for (int64_t h = 0; h < weights.cols; ++h) {
        dweights.row(t)[h] = kernels().dot(x.row(t) + h * slice, dy.row(s) + h * slice, slice);
        kernels().scale(weights.row(t)[h], dx.row(t) + h * slice, slice);
      }
    }
  });
}

}  // namespace kindred::nn
