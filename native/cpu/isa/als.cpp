// Panels: the factors that a row of the log touches, gathered once into one block of memory.
#include "cpu/isa/declare.h"
#include "cpu/isa/tile.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

constexpr int kGroup = 8;           // panel rows whose products are in registers together
constexpr int64_t kFetchAhead = 8;  // rows between a prefetch and its use

// sums[g] = panel[g] . p
template <int G>
KINDRED_INLINE void products(const float* panel, int64_t width, const float* p, float* out) {
  vf sums[G] = {};
  for (int64_t t = 0; t < width; t += kFloats) {
    const vf right = load(p + t);
    for (int g = 0; g < G; ++g) sums[g] += load(panel + g * width + t) * right;
  }
  for (int g = 0; g < G; ++g) out[g] = sum(sums[g]);
}

// out += sum of s[g] panel[g]
template <int G>
KINDRED_INLINE void combine(const float* panel, int64_t width, const float* s, float* out) {
  for (int64_t t = 0; t < width; t += kFloats) {
    vf even = load(out + t), odd{};
    for (int g = 0; g + 1 < G; g += 2) {
      even += s[g] * load(panel + g * width + t);
      odd += s[g + 1] * load(panel + (g + 1) * width + t);
    }
    if (G % 2) even += s[G - 1] * load(panel + (G - 1) * width + t);
    store(out + t, even + odd);
  }
}

template <int G>
KINDRED_INLINE void group(const float* panel, int64_t width, const float* a, float sign, const float* p, float* out) {
  float s[G] = {};
  if (sign != 0) products<G>(panel, width, p, s);
  for (int g = 0; g < G; ++g) s[g] = (a ? a[g] : 0.0f) + sign * s[g];
  combine<G>(panel, width, s, out);
}

}  // namespace

void als_gather(const float* rows, int64_t width, const int32_t* ids, int64_t count, const float* scales,
                const float* weights, float* panel) {
  for (int64_t j = 0; j < count; ++j) {
    if (j + kFetchAhead < count) {
      const float* next = rows + ids[j + kFetchAhead] * width;
      for (int64_t t = 0; t < width; t += 16) __builtin_prefetch(next + t);
    }
    const float* row = rows + ids[j] * width;
    for (int64_t t = 0; t < width; t += kFloats)
      store(panel + j * width + t, scales[j] * load(row + t) * load(weights + t));
  }
}

void als_panel_pass(const float* panel, int64_t count, int64_t width, const float* a, float sign, const float* p,
                    float* out) {
  int64_t j = 0;
  for (; j + kGroup <= count; j += kGroup) group<kGroup>(panel + j * width, width, a ? a + j : a, sign, p, out);
  for (; j < count; ++j) group<1>(panel + j * width, width, a ? a + j : a, sign, p, out);
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
