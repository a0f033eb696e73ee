#include "cpu/als/als_rows.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kindred/linalg/eigen.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr double kFloor = 1e-8;  // of the largest eigenvalue
constexpr int64_t kChunkNonzeros = 1 << 14;

}  // namespace

double als_penalty(const AlsOptions& options, int64_t count, int64_t columns) {
  if (options.regularization_exponent == 0) return options.regularization;
  return options.regularization *
         std::pow(static_cast<double>(count) + options.unobserved_weight * static_cast<double>(columns),
                  options.regularization_exponent);
}

AlsBasis::AlsBasis(ConstMatrix Y, const std::vector<double>& gram_of_y, const AlsOptions& options, bool compact,
                   const AbortFlag* abort)
    : factors_(Y.cols),
      width_(compact ? (Y.cols + kCompactLane - 1) / kCompactLane * kCompactLane : als_width(Y.cols)) {
  SymmetricEigen eigen = symmetric_eigen(gram_of_y.data(), factors_, abort);
  values_ = std::move(eigen.values);
  for (double& value : values_) value = std::max(0.0, value) * options.unobserved_weight;
  V_.assign(width_ * width_, 0.0f);
  Vt_.assign(width_ * width_, 0.0f);
  for (int64_t i = 0; i < factors_; ++i)
    for (int64_t j = 0; j < factors_; ++j)
      V_[j * width_ + i] = Vt_[i * width_ + j] = static_cast<float>(eigen.vectors[i * factors_ + j]);

  if (compact)
    compact_Z_ = std::unique_ptr<uint16_t[]>(new uint16_t[Y.rows * width_]);
  else
    Z_ = std::unique_ptr<float[]>(new float[Y.rows * width_]);
  parallel_for(Y.rows, kAlsBatch, abort, [&](int64_t begin, int64_t end) {
    const AlsKernels& k = kernels().als;
    const int64_t count = end - begin;
    std::vector<float> padded(count * width_), rotated(compact ? count * width_ : 0);
    for (int64_t i = begin; i < end; ++i) std::copy_n(Y.row(i), factors_, padded.data() + (i - begin) * width_);
    float* out = compact ? rotated.data() : Z_.get() + begin * width_;
    k.rows_times(padded.data(), count, width_, V_.data(), out);
    if (compact) k.compact(out, count, width_, compact_Z_.get() + begin * width_);
  });
}

bool AlsBasis::well_conditioned(double lambda) const {
  return values_.back() + lambda > kFloor * (values_[0] + lambda);
}

void AlsBasis::scales(double lambda, float* e) const {
  const double least = std::max(kFloor * (values_[0] + lambda), 1e-30);
  std::fill_n(e, width_, 0.0f);
  for (int64_t t = 0; t < factors_; ++t) e[t] = static_cast<float>(1 / std::sqrt(std::max(values_[t] + lambda, least)));
}

void AlsBasis::rotate(ConstMatrix X, const int32_t* ids, int64_t count, float* padded, float* out) const {
  for (int64_t i = 0; i < count; ++i) {
    std::copy_n(X.row(ids[i]), factors_, padded + i * width_);
    std::fill_n(padded + i * width_ + factors_, width_ - factors_, 0.0f);
  }
  kernels().als.rows_times(padded, count, width_, V_.data(), out);
}

void AlsBasis::rotate_back(const float* rows, const int32_t* ids, int64_t count, float* padded, Matrix X) const {
  kernels().als.rows_times(rows, count, width_, Vt_.data(), padded);
  for (int64_t i = 0; i < count; ++i) std::copy_n(padded + i * width_, factors_, X.row(ids[i]));
}

void als_for_rows(const CsrView& Cui, Matrix X, const AbortFlag* abort,
                  const std::function<void(const int32_t* ids, int64_t count)>& body) {
  const auto count_of = [&](int32_t u) { return Cui.indptr[u + 1] - Cui.indptr[u]; };
  std::vector<int32_t> order;
  order.reserve(Cui.rows);
  Poll poll(abort);
  for (int32_t u = 0; u < Cui.rows; ++u) {
    poll(X.cols);
    if (count_of(u) > 0)
      order.push_back(u);
    else
      std::fill_n(X.row(u), X.cols, 0.0f);
  }
  std::stable_sort(order.begin(), order.end(),
                   polled(poll, [&](int32_t a, int32_t b) { return count_of(a) > count_of(b); }));
  std::vector<int64_t> starts{0};
  int64_t nonzeros = 0;
  for (int64_t i = 0; i < static_cast<int64_t>(order.size()); ++i) {
    if (i > starts.back() && (i - starts.back() == kAlsBatch || nonzeros + count_of(order[i]) > kChunkNonzeros)) {
      starts.push_back(i);
      nonzeros = 0;
    }
    nonzeros += count_of(order[i]);
  }
  starts.push_back(static_cast<int64_t>(order.size()));
  parallel_for(static_cast<int64_t>(starts.size()) - 1, 1, abort, [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) body(order.data() + starts[c], starts[c + 1] - starts[c]);
  });
}

}  // namespace kindred
