#include "kindred/text/distill.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

void check(const TokenBatch& batch, ConstMatrix teacher, ConstMatrix table, const AdamState& state) {
  const auto same = [&](ConstMatrix m) { return m.rows == table.rows && m.cols == table.cols; };
  if (teacher.rows != batch.texts || teacher.cols != table.cols)
    fail_shape("distill_step: expected teacher vectors [" + std::to_string(batch.texts) + ", " +
               std::to_string(table.cols) + "] but received [" + std::to_string(teacher.rows) + ", " +
               std::to_string(teacher.cols) + "].");
  if (!same(state.first) || !same(state.second)) fail_shape("distill_step: expected moments of the table's shape.");
  if (batch.indptr[0] != 0) fail_value("distill_step: expected indptr to begin with 0.");
  for (int64_t b = 0; b < batch.texts; ++b)
    if (batch.indptr[b + 1] < batch.indptr[b]) fail_value("distill_step: expected indptr to ascend.");
  for (int64_t i = 0; i < batch.indptr[batch.texts]; ++i)
    if (batch.tokens[i] < 0 || batch.tokens[i] >= table.rows)
      fail_value("distill_step: expected tokens from 0 to " + std::to_string(table.rows - 1) + " but received " +
                 std::to_string(batch.tokens[i]) + ".");
}

// The places of each distinct token of a batch, tokens ascending, places in the order of the batch.
struct Places {
  std::vector<int32_t> order;    // [tokens of the batch], positions in it
  std::vector<int64_t> begin;    // [distinct + 1], into order
  std::vector<int32_t> text_of;  // [tokens of the batch]
  int64_t distinct() const { return static_cast<int64_t>(begin.size()) - 1; }
};

Places places_of(const TokenBatch& batch) {
  const int64_t count = batch.indptr[batch.texts];
  Places out{std::vector<int32_t>(count), {}, std::vector<int32_t>(count)};
  for (int64_t b = 0; b < batch.texts; ++b)
    std::fill(out.text_of.begin() + batch.indptr[b], out.text_of.begin() + batch.indptr[b + 1], b);
  std::iota(out.order.begin(), out.order.end(), 0);
  std::stable_sort(out.order.begin(), out.order.end(),
                   [&](int32_t x, int32_t y) { return batch.tokens[x] < batch.tokens[y]; });
  for (int64_t i = 0; i < count; ++i)
    if (i == 0 || batch.tokens[out.order[i]] != batch.tokens[out.order[i - 1]]) out.begin.push_back(i);
  out.begin.push_back(count);
  return out;
}

// sums [texts, dims] = u
void sum_tokens(const TokenBatch& batch, const float* token_weights, ConstMatrix table, Matrix sums,
                const AbortFlag* abort) {
  parallel_for(batch.texts, 8, abort, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      std::fill_n(sums.row(b), sums.cols, 0.0f);
      for (int32_t i = batch.indptr[b]; i < batch.indptr[b + 1]; ++i)
        kernels().axpy(token_weights[batch.tokens[i]], table.row(batch.tokens[i]), sums.row(b), sums.cols);
    }
  });
}

void update_row(const float* gradient, int64_t dims, const AdamOptions& o, float* row, float* first, float* second,
                int32_t& updates) {
  ++updates;
  const auto beta1 = static_cast<float>(o.beta1), beta2 = static_cast<float>(o.beta2);
  // learning_rate m^ / (sqrt(v^) + epsilon), m^ = m / (1 - beta1^t), v^ = v / (1 - beta2^t)
  const auto step = static_cast<float>(o.learning_rate / (1 - std::pow(o.beta1, updates)));
  const auto widen = static_cast<float>(1 / std::sqrt(1 - std::pow(o.beta2, updates)));
  const auto epsilon = static_cast<float>(o.epsilon);
  for (int64_t d = 0; d < dims; ++d) {
    first[d] = beta1 * first[d] + (1 - beta1) * gradient[d];
    second[d] = beta2 * second[d] + (1 - beta2) * gradient[d] * gradient[d];
    row[d] -= step * first[d] / (std::sqrt(second[d]) * widen + epsilon);
  }
}

}  // namespace

DistillLoss distill_gradient(ConstMatrix sums, ConstMatrix teacher, double similarity_weight, Matrix gradient,
                             const AbortFlag* abort) {
  const Kernels& k = kernels();
  const int64_t texts = sums.rows, dims = sums.cols;
  if (texts == 0) return {0, 0};
  std::vector<float> units(texts * dims), inverse(texts);  // s and 1 / |u|, 0 for a zero sum
  for (int64_t b = 0; b < texts; ++b) {
    const float norm = std::sqrt(k.dot(sums.row(b), sums.row(b), dims));
    inverse[b] = norm > 0 ? 1 / norm : 0.0f;
    k.axpy(inverse[b], sums.row(b), units.data() + b * dims, dims);
  }
  const double n = static_cast<double>(texts);
  const auto pull = static_cast<float>(-1 / n), spread = static_cast<float>(4 * similarity_weight / (n * n));
  std::vector<double> cosine(texts), similarity(texts);
  parallel_for(texts, 4, abort, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      const float* s = units.data() + b * dims;
      float* g = gradient.row(b);  // d loss / d s_b, then its part across s_b, over |u_b|
      std::fill_n(g, dims, 0.0f);
      cosine[b] = 1 - static_cast<double>(k.dot(s, teacher.row(b), dims));
      k.axpy(pull, teacher.row(b), g, dims);
      double squares = 0;
      for (int64_t c = 0; c < texts; ++c) {
        const float* other = units.data() + c * dims;
        const float difference = k.dot(s, other, dims) - k.dot(teacher.row(b), teacher.row(c), dims);
        squares += static_cast<double>(difference) * difference;
        k.axpy(spread * difference, other, g, dims);
      }
      similarity[b] = squares;
      k.axpy(-k.dot(g, s, dims), s, g, dims);
      k.scale(inverse[b], g, dims);
    }
  });
  return {std::accumulate(cosine.begin(), cosine.end(), 0.0) / n,
          std::accumulate(similarity.begin(), similarity.end(), 0.0) / (n * n)};
}

DistillLoss distill_step(const TokenBatch& batch, ConstMatrix teacher, const float* token_weights,
                         double similarity_weight, const AdamOptions& options, Matrix table, const AdamState& state,
                         const AbortFlag* abort) {
  check(batch, teacher, table, state);
  const int64_t dims = table.cols;
  std::vector<float> sums(batch.texts * dims), gradients(batch.texts * dims);
  const Matrix u(sums.data(), batch.texts, dims), du(gradients.data(), batch.texts, dims);
  sum_tokens(batch, token_weights, table, u, abort);
  const DistillLoss loss = distill_gradient(u, teacher, similarity_weight, du, abort);
  const Places places = places_of(batch);
  parallel_for(places.distinct(), 16, abort, [&](int64_t begin, int64_t end) {
    std::vector<float> gradient(dims);
    for (int64_t p = begin; p < end; ++p) {
      std::fill(gradient.begin(), gradient.end(), 0.0f);
      for (int64_t i = places.begin[p]; i < places.begin[p + 1]; ++i)
        kernels().axpy(1.0f, du.row(places.text_of[places.order[i]]), gradient.data(), dims);
      const int32_t token = batch.tokens[places.order[places.begin[p]]];
      kernels().scale(token_weights[token], gradient.data(), dims);
      update_row(gradient.data(), dims, options, table.row(token), state.first.row(token), state.second.row(token),
                 state.updates[token]);
    }
  });
  return loss;
}

}  // namespace kindred
