// Panels: the factors that a row of the log touches, gathered once into one block of memory.
#include "cpu/isa/declare.h"
#include "cpu/isa/tile.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

constexpr int kGroup = 8;           // panel rows whose products are in registers together
constexpr int64_t kFetchAhead = 8;  // rows between a prefetch and its use

typedef int32_t vi __attribute__((vector_size(KINDRED_VECTOR_BYTES)));

// Lane l is lane from[l] of a and b, one after the other; `from` is constant.
KINDRED_INLINE vf shuffle(vf a, vf b, vi from) {
#if defined(__clang__)
  vf out{};
  for (int l = 0; l < kFloats; ++l) out[l] = from[l] < kFloats ? a[from[l]] : b[from[l] - kFloats];
  return out;
#else
  return __builtin_shuffle(a, b, from);
#endif
}

// a and b hold Segments partial sums each, of equal width; the result holds those of a, then those of b, half as wide.
template <int Segments>
KINDRED_INLINE vf fold(vf a, vf b) {
  constexpr int half = kFloats / Segments / 2;
  vi low{}, high{};
  for (int l = 0; l < kFloats; ++l) {
    const int segment = l / half;
    low[l] = (segment < Segments ? segment * 2 * half : kFloats + (segment - Segments) * 2 * half) + l % half;
    high[l] = low[l] + half;
  }
  return shuffle(a, b, low) + shuffle(a, b, high);
}

// out[g] = sum of the lanes of sums[g]
KINDRED_INLINE void sum_each(const vf (&sums)[kGroup], float* out) {
  static_assert(kGroup == 8);
  vf pairs[4], fours[2];
  for (int g = 0; g < 4; ++g) pairs[g] = fold<1>(sums[2 * g], sums[2 * g + 1]);
  for (int g = 0; g < 2; ++g) fours[g] = fold<2>(pairs[2 * g], pairs[2 * g + 1]);
  if constexpr (kFloats == 4) {
    store(out, fours[0]);
    store(out + 4, fours[1]);
  } else {
    vf eight = fold<4>(fours[0], fours[1]);
    if constexpr (kFloats == 16) eight = fold<8>(eight, eight);
    float lanes[kFloats];
    store(lanes, eight);
    for (int g = 0; g < kGroup; ++g) out[g] = lanes[g];
  }
}

// out[g] = panel[g] . p
KINDRED_INLINE void products(const float* panel, int64_t width, const float* p, float* out) {
  vf sums[kGroup] = {};
  for (int64_t t = 0; t < width; t += kFloats) {
    const vf right = load(p + t);
    for (int g = 0; g < kGroup; ++g) sums[g] += load(panel + g * width + t) * right;
  }
  sum_each(sums, out);
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
  for (; j + kGroup <= count; j += kGroup) {
    float s[kGroup] = {};
    if (sign != 0) products(panel + j * width, width, p, s);
    for (int g = 0; g < kGroup; ++g) s[g] = (a ? a[j + g] : 0.0f) + sign * s[g];
    combine<kGroup>(panel + j * width, width, s, out);
  }
  for (; j < count; ++j) {
    const float* row = panel + j * width;
    vf sums{};
    if (sign != 0)
      for (int64_t t = 0; t < width; t += kFloats) sums += load(row + t) * load(p + t);
    const float s[1] = {(a ? a[j] : 0.0f) + sign * sum(sums)};
    combine<1>(row, width, s, out);
  }
}

void als_confidence(const float* weights, int64_t count, float alpha, float unobserved, float* roots, float* targets) {
  constexpr float kLeast = 1e-12f;  // nothing beside the 1 that it is added to, and its root divides
  for (int64_t j = 0; j < count; ++j) {
    const float size = alpha * __builtin_fabsf(weights[j]), c1 = size < kLeast ? kLeast : size;
    const float root = __builtin_sqrtf(c1), target = (unobserved + c1) / root;
    roots[j] = root;
    targets[j] = weights[j] > 0 ? target : 0.0f;
  }
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
