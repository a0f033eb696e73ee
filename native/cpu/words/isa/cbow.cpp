#include "cpu/nn/isa/functions.h"
#include "cpu/runtime/isa/kernel_declarations.h"

namespace kindred::KINDRED_NAMESPACE {

void cbow_window(const WordTables& m, const int32_t* inputs, int64_t count, const int32_t* outputs,
                 int64_t output_count, float rate, float* mean, float* errors, float* ascent) {
  const float share = 1 / static_cast<float>(count);
  for (int64_t t = 0; t < m.width; t += kFloats) {
    vf total{};
    for (int64_t i = 0; i < count; ++i) total += load(m.X + inputs[i] * m.width + t);
    store(mean + t, share * total);
    store(ascent + t, vf{});
  }
  for (int64_t k = 0; k < output_count; ++k) {
    errors[k] = 0;
    if (k > 0 && outputs[k] == outputs[0]) continue;
    const float* y = m.Y + outputs[k] * m.width;
    vf product{};
    for (int64_t t = 0; t < m.width; t += kFloats) product += load(mean + t) * load(y + t);
    errors[k] = rate * ((k == 0 ? 1.0f : 0.0f) - logistic(splat(sum(product)))[0]);
    for (int64_t t = 0; t < m.width; t += kFloats) store(ascent + t, load(ascent + t) + errors[k] * load(y + t));
  }
}

}  // namespace kindred::KINDRED_NAMESPACE
