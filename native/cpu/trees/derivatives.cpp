#include "cpu/trees/derivatives.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "cpu/runtime/kernel_table.h"
#include "kindred/nn/layers/activation.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred::trees {
namespace {

constexpr int64_t kRowsPerChunk = 4096;
constexpr int kFirstBits = 30;  // of the largest first derivative
constexpr int kMostSecondBits = 28;

int bits_of(int64_t n) {
  int bits = 0;
  for (; n > 0; n >>= 1) ++bits;
  return bits;
}

// To the nearest; lrint is a call.
int32_t rounded(double x) { return static_cast<int32_t>(x < 0 ? x - 0.5 : x + 0.5); }

Units write_log_loss(const double* scores, const float* labels, int64_t rows, int second_bits, Units units,
                     Derivatives* out, const AbortFlag* abort) {
  // p (1 - p) is at most a quarter.
  const double to_first = std::ldexp(1, kFirstBits), to_second = std::ldexp(1, second_bits + 2);
  parallel_for(rows, kRowsPerChunk, abort, [&](int64_t begin, int64_t end) {
    float p[kRowsPerChunk];
    const int64_t count = end - begin;
    for (int64_t i = 0; i < count; ++i) p[i] = static_cast<float>(scores[begin + i]);
    kernels().nn.activate(static_cast<int>(nn::Activation::sigmoid), p, count, p);
    for (int64_t i = 0; i < count; ++i) {
      const double q = static_cast<double>(p[i]), label = static_cast<double>(labels[begin + i]);
      out[begin + i] = {rounded((q - label) * to_first), std::max(1, rounded(q * (1 - q) * to_second))};
    }
  });
  units.first = 1 / to_first;
  units.second = 1 / to_second;
  return units;
}

Units write_squared_error(const double* scores, const float* labels, int64_t rows, Units units, Derivatives* out,
                          const AbortFlag* abort) {
  const auto first = [&](int64_t r) { return scores[r] - static_cast<double>(labels[r]); };
  std::vector<double> largest((rows + kRowsPerChunk - 1) / kRowsPerChunk, 0.0);
  parallel_for(rows, kRowsPerChunk, abort, [&](int64_t begin, int64_t end) {
    double& most = largest[begin / kRowsPerChunk];
    for (int64_t r = begin; r < end; ++r) most = std::max(most, std::fabs(first(r)));
  });
  const double most = *std::max_element(largest.begin(), largest.end());
  int exponent = 0;
  std::frexp(most > 0 ? most : 1, &exponent);
  const double to_first = std::ldexp(1, kFirstBits - exponent);
  parallel_for(rows, kRowsPerChunk, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) out[r] = {rounded(first(r) * to_first), 1};
  });
  units.first = 1 / to_first;
  units.second = 1;
  return units;
}

}  // namespace

Units write_derivatives(Objective objective, const double* scores, const float* labels, int64_t rows, Derivatives* out,
                        const AbortFlag* abort) {
  // Of the 63 bits of a sum the upper ones count rows, and the sum of second derivatives is below the others.
  const int row_bits = bits_of(rows);
  Units units;
  units.shift = 63 - row_bits;
  const int second_bits = std::min(kMostSecondBits, units.shift - row_bits);
  if (objective == Objective::squared_error) return write_squared_error(scores, labels, rows, units, out, abort);
  return write_log_loss(scores, labels, rows, second_bits, units, out, abort);
}

}  // namespace kindred::trees
