#include "cpu/linear/gram_rows.h"

#include <algorithm>

#include "kindred/linalg/gemm.h"

namespace kindred {
namespace {

constexpr int64_t kRowsOfBlock = 4096;  // of the table, summed in float
constexpr int64_t kRowsAtOnce = 256;    // of the Gram matrix: bounds the memory
constexpr int64_t kGrain = 16;

// Rows [begin, begin + count), of which the places before `begin` are in earlier rows.
void write_rows(ElasticNetState& s, int64_t begin, int64_t count, GemmScratch& scratch, const AbortFlag* abort) {
  const int64_t width = s.cols - begin;
  std::vector<float> block(count * width);
  std::vector<double> sums(count * width, 0.0);
  for (int64_t r0 = 0; r0 < s.rows; r0 += kRowsOfBlock) {
    const int64_t depth = std::min(kRowsOfBlock, s.rows - r0);
    const float* const from = s.columns + begin * s.rows + r0;
    gemm_overwrite(Strided(from, count, depth, s.rows, 1), Strided(from, width, depth, s.rows, 1).transposed(), nullptr,
                   Matrix(block.data(), count, width), abort, &scratch);
    parallel_for(count, kGrain, abort, [&](int64_t first, int64_t last) {
      for (int64_t i = first * width; i < last * width; ++i) sums[i] += block[i];
    });
  }
  for (int64_t p = 0; p < count; ++p) {
    float* const row = s.gram + (begin + p) * s.cols;
    for (int64_t q = 0; q < begin; ++q) row[q] = s.gram[q * s.cols + begin + p];
    for (int64_t q = 0; q < width; ++q) row[begin + q] = static_cast<float>(sums[p * width + q]);
    for (int64_t q = 0; q < p; ++q) row[begin + q] = s.gram[(begin + q) * s.cols + begin + p];
    row[begin + p] = static_cast<float>(s.squares[begin + p]);
  }
}

}  // namespace

void write_gram_rows(ElasticNetState& state, int64_t count, const AbortFlag* abort) {
  GemmScratch scratch;
  for (int64_t n = 0; n < count; n += kRowsAtOnce)
    write_rows(state, state.known + n, std::min(kRowsAtOnce, count - n), scratch, abort);
}

}  // namespace kindred
