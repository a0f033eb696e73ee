#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "cpu/runtime/kernel_table.h"
#include "cpu/runtime/random.h"
#include "kindred/nn/losses/large_softmax.h"
#include "kindred/runtime/error.h"

namespace kindred::nn {
namespace {

constexpr int64_t kNumbers = 1 << 20;  // logits in memory at a time
constexpr int64_t kRowsOfTask = 4;
constexpr int64_t kLanes = 16;
constexpr int64_t kBlock = 16 * kLanes;

float sum_of(const float* p, int64_t n) {
  float lanes[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int64_t l = 0; l < kLanes; ++l) lanes[l] += p[i + l];
  float sum = 0;
  for (const float lane : lanes) sum += lane;
  for (; i < n; ++i) sum += p[i];
  return sum;
}

// The first place at which the sum of p [n] exceeds `number`, the last one above 0 where rounding leaves none, -1
// where all are 0.
int32_t place_of(const float* p, int64_t n, float number) {
  double before = 0;
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t count = std::min(kBlock, n - begin);
    const double sum = sum_of(p + begin, count);
    if (before + sum <= number) {
      before += sum;
      continue;
    }
    for (int64_t i = begin; i < begin + count; ++i)
      if ((before += p[i]) > number && p[i] > 0) return static_cast<int32_t>(i);
  }
  for (int64_t i = n - 1; i >= 0; --i)
    if (p[i] > 0) return static_cast<int32_t>(i);
  return -1;
}

// logits [classes], which are overwritten
int32_t sample(const LinearSampling& of, int64_t row, float* logits) {
  const int64_t classes = of.w.rows;
  const int32_t* const ids = of.excluded.ids + row * of.excluded.width;
  for (int64_t n = 0; n < of.excluded.width; ++n)
    if (ids[n] >= 0) logits[ids[n]] = -INFINITY;
  if (of.excluded.width >= classes && *std::max_element(logits, logits + classes) == -INFINITY)
    fail_value("excluded: expected a class that is left for row " + std::to_string(row) + " but all " +
               std::to_string(classes) + " are excluded.");
  if (!std::isfinite(kernels().nn.softmax(logits, classes, logits)))
    throw Error("ERR_NOT_FINITE",
                "sample_linear: expected finite logits but row " + std::to_string(row) + " has others.");
  return place_of(logits, classes, sampling_number(of.seed, row));
}

}  // namespace

float sampling_number(uint64_t seed, int64_t row) {
  return RandomStream(mix_seeds(seed, static_cast<uint64_t>(row))).uniform();
}

void sample_linear(const LinearSampling& of, int32_t* out, GemmScratch& scratch, const AbortFlag* abort) {
  const int64_t rows = of.x.rows, classes = of.w.rows;
  check_excluded(of.excluded, rows, classes);
  if (rows == 0) return;
  if (classes == 0) fail_value("sample_linear: expected at least one class.");
  const int64_t at_once = std::clamp<int64_t>(kNumbers / classes, 1, rows);
  const std::unique_ptr<float[]> memory(new float[at_once * classes]);
  for (int64_t begin = 0; begin < rows; begin += at_once) {
    const Matrix logits{memory.get(), std::min(at_once, rows - begin), classes};
    const ConstMatrix x{of.x.row(begin), logits.rows, of.x.cols, of.x.stride};
    gemm_overwrite(x, Strided(of.w).transposed(), of.bias, logits, abort, &scratch);
    parallel_for(logits.rows, kRowsOfTask, abort, [&](int64_t first, int64_t last) {
      for (int64_t r = first; r < last; ++r) out[begin + r] = sample(of, begin + r, logits.row(r));
    });
  }
}

}  // namespace kindred::nn
