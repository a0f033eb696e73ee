#include "cpu/runtime/isa/kernel_declarations.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

constexpr int64_t kFetchAhead = 6;  // samples between a prefetch and its use
constexpr int64_t kLogEvery = 8;    // factors of a likelihood multiplied before a logarithm is taken

KINDRED_INLINE void fetch(const float* row, int64_t width) {
  for (int64_t t = 0; t < width; t += 16) __builtin_prefetch(row + t, 1);
}

template <SgdChange Change>
KINDRED_INLINE double bpr_steps(const SgdTarget& m, const BprSample* samples, int64_t count) {
  constexpr bool user = Change == SgdChange::all || Change == SgdChange::user;
  constexpr bool item = Change == SgdChange::all || Change == SgdChange::item;
  constexpr bool other = Change == SgdChange::all || Change == SgdChange::other;
  const float rate = m.learning_rate, decay = 1 - m.learning_rate * m.regularization;
  double loss = 0, likelihood = 1;
  for (int64_t n = 0; n < count; ++n) {
    if (n + kFetchAhead < count) {
      const BprSample& next = samples[n + kFetchAhead];
      fetch(m.X + next.user * m.width, m.width);
      fetch(m.Y + next.item * m.width, m.width);
      fetch(m.Y + next.other * m.width, m.width);
    }
    const BprSample& s = samples[n];
    float *x = m.X + s.user * m.width, *y = m.Y + s.item * m.width, *z = m.Y + s.other * m.width;
    vf sums{};
    for (int64_t t = 0; t < m.width; t += kFloats) sums += load(x + t) * (load(y + t) - load(z + t));
    const float difference = sum(sums) + m.item_bias[s.item] - m.item_bias[s.other];
    const float wrong = 1 / (1 + __builtin_expf(difference));  // sigma(-difference)
    const float right = 1 - wrong;
    likelihood *= right > 1e-30f ? right : 1e-30f;
    if (n % kLogEvery == kLogEvery - 1 || n + 1 == count) {
      loss -= __builtin_log(likelihood);
      likelihood = 1;
    }
    const float step = rate * wrong;
    for (int64_t t = 0; t < m.width; t += kFloats) {
      const vf a = load(x + t), b = load(y + t), c = load(z + t);
      if (user) store(x + t, decay * a + step * (b - c));
      if (item) store(y + t, decay * b + step * a);
      if (other) store(z + t, decay * c - step * a);
    }
    if (item) m.item_bias[s.item] = decay * m.item_bias[s.item] + step;
    if (other) m.item_bias[s.other] = decay * m.item_bias[s.other] - step;
  }
  return loss;
}

template <SgdChange Change>
KINDRED_INLINE double rating_steps(const SgdTarget& m, float mean, const RatingSample* samples, int64_t count,
                                   double loss) {
  constexpr bool user = Change == SgdChange::all || Change == SgdChange::user;
  constexpr bool item = Change == SgdChange::all || Change == SgdChange::item;
  const float rate = m.learning_rate, decay = 1 - m.learning_rate * m.regularization;
  for (int64_t n = 0; n < count; ++n) {
    if (n + kFetchAhead < count) {
      fetch(m.X + samples[n + kFetchAhead].user * m.width, m.width);
      fetch(m.Y + samples[n + kFetchAhead].item * m.width, m.width);
    }
    const RatingSample& s = samples[n];
    float *x = m.X + s.user * m.width, *y = m.Y + s.item * m.width;
    vf sums{};
    for (int64_t t = 0; t < m.width; t += kFloats) sums += load(x + t) * load(y + t);
    const float error = s.rating - (mean + m.user_bias[s.user] + m.item_bias[s.item] + sum(sums));
    loss += static_cast<double>(error) * error;
    const float step = rate * error;
    for (int64_t t = 0; t < m.width; t += kFloats) {
      const vf a = load(x + t), b = load(y + t);
      if (user) store(x + t, decay * a + step * b);
      if (item) store(y + t, decay * b + step * a);
    }
    if (user) m.user_bias[s.user] = decay * m.user_bias[s.user] + step;
    if (item) m.item_bias[s.item] = decay * m.item_bias[s.item] + step;
  }
  return loss;
}

}  // namespace

double sgd_bpr(const SgdTarget& target, const BprSample* samples, int64_t count, SgdChange change) {
  switch (change) {
    case SgdChange::all:
      return bpr_steps<SgdChange::all>(target, samples, count);
    case SgdChange::user:
      return bpr_steps<SgdChange::user>(target, samples, count);
    case SgdChange::item:
      return bpr_steps<SgdChange::item>(target, samples, count);
    case SgdChange::other:
      return bpr_steps<SgdChange::other>(target, samples, count);
  }
  return 0;
}

double sgd_rating(const SgdTarget& target, float mean, const RatingSample* samples, int64_t count, SgdChange change,
                  double loss) {
  switch (change) {
    case SgdChange::user:
      return rating_steps<SgdChange::user>(target, mean, samples, count, loss);
    case SgdChange::item:
      return rating_steps<SgdChange::item>(target, mean, samples, count, loss);
    default:
      return rating_steps<SgdChange::all>(target, mean, samples, count, loss);
  }
}

}  // namespace kindred::KINDRED_NAMESPACE
