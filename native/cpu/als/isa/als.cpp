// Panels in single precision, and rows times a square matrix.
#include "cpu/linalg/isa/tile.h"
#include "cpu/linalg/isa/vector.h"
#include "cpu/runtime/isa/kernel_declarations.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

constexpr int kGroup = 8;
constexpr int64_t kFetchAhead = 8;  // rows between a prefetch and its use

template <int G>
KINDRED_INLINE void combine(const float* panel, int64_t width, const float* s, float* out) {
  for (int64_t t = 0; t < width; t += kFloats) {
    vf total = load(out + t);
    for (int g = 0; g < G; ++g) total += s[g] * load(panel + g * width + t);
    store(out + t, total);
  }
}

}  // namespace

void als_confidence(const float* weights, int64_t count, float alpha, float unobserved, float* roots, float* targets) {
  constexpr float kLeast = 1e-12f;  // nothing beside the 1 that it is added to, and its root divides
  for (int64_t j = 0; j < count; ++j) {
    const float size = alpha * __builtin_fabsf(weights[j]), c1 = size < kLeast ? kLeast : size;
    const float root = __builtin_sqrtf(c1), target = (unobserved + c1) / root;
    roots[j] = root;
    targets[j] = weights[j] > 0 ? target : 0.0f;
  }
}

void als_gather(const float* rows, int64_t stride, int64_t width, const int32_t* ids, int64_t count,
                const float* scales, const float* weights, float* panel) {
  for (int64_t j = 0; j < count; ++j) {
    if (j + kFetchAhead < count) {
      const float* next = rows + ids[j + kFetchAhead] * stride;
      for (int64_t t = 0; t < width; t += 16) __builtin_prefetch(next + t);
    }
    const float* row = rows + ids[j] * stride;
    for (int64_t t = 0; t < width; t += kFloats)
      store(panel + j * width + t, scales[j] * load(row + t) * load(weights + t));
  }
}

void als_panel_products(const float* panel, int64_t count, int64_t width, float sign, const float* p, float* out) {
  for (int64_t j = 0; j < count; ++j) out[j] += sign * dot_f32(panel + j * width, p, width);
}

void als_panel_combine(const float* panel, int64_t count, int64_t width, const float* s, float* out) {
  int64_t j = 0;
  for (; j + kGroup <= count; j += kGroup) combine<kGroup>(panel + j * width, width, s + j, out);
  for (; j < count; ++j) combine<1>(panel + j * width, width, s + j, out);
}

void als_rows_times(const float* rows, int64_t count, int64_t width, const float* M, float* out) {
  __builtin_memset(out, 0, count * width * sizeof(float));
  int64_t i = 0;
  for (; i + kTileRows <= count; i += kTileRows)
    tile_band<kTileRows, false>({rows + i * width, width, 1}, M, width, width, 0, width, out + i * width, width);
  for (; i < count; ++i)
    tile_band<1, false>({rows + i * width, width, 1}, M, width, width, 0, width, out + i * width, width);
}

}  // namespace kindred::KINDRED_NAMESPACE
