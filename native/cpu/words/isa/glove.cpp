#include "cpu/runtime/isa/kernel_declarations.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

// v less its step, g over the root of what has been; then g squared is added to that.
KINDRED_INLINE void descend(float& v, float& squares, float g) {
  v -= g / __builtin_sqrtf(squares);
  squares += g * g;
}

KINDRED_INLINE vf root(vf v) {
  vf out;
  for (int64_t l = 0; l < kFloats; ++l) out[l] = __builtin_sqrtf(v[l]);
  return out;
}

}  // namespace

double glove(const GloveTables& m, const MetPair* pairs, int64_t count) {
  double loss = 0;
  for (int64_t n = 0; n < count; ++n) {
    const MetPair& p = pairs[n];
    float *x = m.X + p.row * m.width, *y = m.Y + p.column * m.width;
    float *x_squares = m.X_squares + p.row * m.width, *y_squares = m.Y_squares + p.column * m.width;
    vf product{};
    for (int64_t t = 0; t < m.width; t += kFloats) product += load(x + t) * load(y + t);
    const float error = sum(product) + m.x_bias[p.row] + m.y_bias[p.column] - __builtin_logf(p.count);
    const float weighted = (p.count < m.most ? __builtin_powf(p.count / m.most, m.exponent) : 1) * error;
    loss += 0.5 * weighted * error;
    const float g = m.learning_rate * weighted;
    for (int64_t t = 0; t < m.width; t += kFloats) {
      const vf a = load(x + t), b = load(y + t), a_squares = load(x_squares + t), b_squares = load(y_squares + t);
      const vf of_a = g * b, of_b = g * a;
      store(x + t, a - of_a / root(a_squares));
      store(y + t, b - of_b / root(b_squares));
      store(x_squares + t, a_squares + of_a * of_a);
      store(y_squares + t, b_squares + of_b * of_b);
    }
    descend(m.x_bias[p.row], m.x_bias_squares[p.row], g);
    descend(m.y_bias[p.column], m.y_bias_squares[p.column], g);
  }
  return loss;
}

}  // namespace kindred::KINDRED_NAMESPACE
