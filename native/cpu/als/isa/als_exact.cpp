// Gram matrices of panels and Cholesky in single precision, for systems of the kind I + D'D.
#include "cpu/linalg/isa/tile.h"
#include "cpu/runtime/isa/kernel_declarations.h"

namespace kindred::KINDRED_NAMESPACE {
namespace {

constexpr int64_t kDepth = 64;  // panel rows at a time: they stay in the first-level cache
constexpr int64_t kBlock = 8;   // rows of the factor found together

KINDRED_INLINE int64_t align(int64_t n) { return n / kFloats * kFloats; }

// y[begin, end) += scale * x[begin, end), both ends multiples of kFloats
KINDRED_INLINE void add(float scale, const float* x, float* y, int64_t begin, int64_t end) {
  for (int64_t t = begin; t < end; t += kFloats) store(y + t, load(y + t) + scale * load(x + t));
}

// a = U'U, U in the upper triangle, which row-major rows make fast: block by block, left-looking (Golub and Van Loan
// 2013, "Matrix computations", 4.2).
bool factor(float* a, int64_t n) {
  for (int64_t k0 = 0; k0 < n; k0 += kBlock) {
    for (int64_t i = k0; i < k0 + kBlock; i += kTileRows)
      tile_band<kTileRows, true>({a + i, 1, n}, a, n, k0, align(i), n, a + i * n, n);
    for (int64_t k = k0; k < k0 + kBlock; ++k) {
      const float pivot = a[k * n + k];
      if (!(pivot > 0) || !(pivot <= 3e38f)) return false;
      const float scale = 1 / __builtin_sqrtf(pivot);
      for (int64_t t = align(k); t < n; t += kFloats) store(a + k * n + t, scale * load(a + k * n + t));
      for (int64_t i = k + 1; i < k0 + kBlock; ++i) add(-a[k * n + i], a + k * n, a + i * n, align(i), n);
    }
  }
  return true;
}

}  // namespace

void als_panel_gram(const float* panel, int64_t count, int64_t width, float* out) {
  for (int64_t r = 0; r < count; r += kDepth) {
    const int64_t depth = count - r < kDepth ? count - r : kDepth;
    const float* rows = panel + r * width;
    for (int64_t i = 0; i < width; i += kTileRows)
      tile_band<kTileRows, false>({rows + i, 1, width}, rows, width, depth, align(i), width, out + i * width, width);
  }
}

void als_row_products(const float* panel, int64_t count, int64_t width, float* transposed, float* out) {
  const int64_t n = (count + kAlsLane - 1) / kAlsLane * kAlsLane;
  for (int64_t j = 0; j < n; j += kAlsLane)
    for (int64_t t = 0; t < width; ++t)
      for (int64_t l = 0; l < kAlsLane; ++l)
        transposed[t * n + j + l] = j + l < count ? panel[(j + l) * width + t] : 0.0f;
  for (int64_t k = 0; k < width; k += kDepth) {
    const int64_t depth = width - k < kDepth ? width - k : kDepth;
    for (int64_t i = 0; i < n; i += kTileRows)
      tile_band<kTileRows, false>({transposed + k * n + i, 1, n}, transposed + k * n, n, depth, align(i), n,
                                  out + i * n, n);
  }
}

bool als_solve(float* a, int64_t n, float* b) {
  if (!factor(a, n)) return false;
  // U'y = b, then U x = y
  for (int64_t k = 0; k < n; ++k) {
    b[k] /= a[k * n + k];
    int64_t t = k + 1;
    for (; t < n && t % kFloats; ++t) b[t] -= a[k * n + t] * b[k];
    add(-b[k], a + k * n, b, t, n);
  }
  for (int64_t k = n; k-- > 0;) {
    float total = b[k];
    int64_t t = k + 1;
    for (; t < n && t % kFloats; ++t) total -= a[k * n + t] * b[t];
    vf sums{};
    for (; t < n; t += kFloats) sums += load(a + k * n + t) * load(b + t);
    b[k] = (total - sum(sums)) / a[k * n + k];
  }
  return true;
}

}  // namespace kindred::KINDRED_NAMESPACE
