#include "kindred/words/glove.h"

#include <numeric>

#include "cpu/runtime/kernel_table.h"
#include "cpu/sgd/sgd_blocks.h"
#include "kindred/runtime/error.h"
#include "kindred/words/batch.h"

namespace kindred {
namespace {

constexpr int64_t kPairsAtOnce = 1 << 10;

void check_model(const CsrView& counts, const GloveModel& model) {
  const auto fits = [&](const Matrix& m, int64_t rows) {
    return m.rows == rows && m.cols == model.X.cols && m.stride == m.cols && m.cols % kWordLane == 0;
  };
  if (!fits(model.X, counts.rows) || !fits(model.X_squares, counts.rows) || !fits(model.Y, counts.cols) ||
      !fits(model.Y_squares, counts.cols))
    fail_shape("model: expected contiguous matrices of a row a word and of the same columns, a multiple of " +
               std::to_string(kWordLane) + ".");
}

}  // namespace

double glove_epoch(const CsrView& counts, const GloveModel& model, const GloveOptions& options,
                   const AbortFlag* abort) {
  check_model(counts, model);
  SgdOptions of_blocks;
  of_blocks.seed = options.seed;
  of_blocks.epoch = options.epoch;
  const SgdBlocks<MetPair> blocks(
      counts, of_blocks, kSgdBlocks, abort, [](float count) { return count > 0; },
      [](int32_t row, int32_t column, float count) {
        return MetPair{row, column, count};
      });
  const GloveTables tables{model.X.data,         model.Y.data,          model.x_bias,         model.y_bias,
                           model.X_squares.data, model.Y_squares.data,  model.x_bias_squares, model.y_bias_squares,
                           model.X.cols,         options.learning_rate, options.most,         options.exponent};
  std::vector<double> losses(blocks.cells());
  blocks.for_cells(false, abort, [&](const SgdBlocks<MetPair>::Cell& cell) {
    const auto size = static_cast<int64_t>(cell.entries.size());
    RandomStream random(mix_seeds(mix_seeds(options.seed, options.epoch), cell.index));
    const std::vector<int32_t> order = random.permutation(size, abort);
    std::vector<MetPair> some;
    for (int64_t at = 0; at < size; at += kPairsAtOnce) {
      if (aborted(abort)) fail_aborted();
      some.clear();
      for (int64_t n = at; n < std::min(at + kPairsAtOnce, size); ++n) some.push_back(cell.entries[order[n]]);
      losses[cell.index] += kernels().words.glove(tables, some.data(), static_cast<int64_t>(some.size()));
    }
  });
  return std::accumulate(losses.begin(), losses.end(), 0.0);
}

}  // namespace kindred
