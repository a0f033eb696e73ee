#include <algorithm>

#include "cpu/runtime/kernel_table.h"
#include "cpu/sgd/sgd_blocks.h"
#include "cpu/sgd/sgd_model.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr int64_t kRowsPerChunk = 16;
constexpr int64_t kStepsAtOnce = 4096;  // between two looks at the flag

// Steps in order; the loss has the same bits as that of one call of the kernel.
SgdLoss rating_steps(const SgdTarget& target, float mean, const RatingSample* samples, int64_t count, SgdChange change,
                     const AbortFlag* abort) {
  SgdLoss loss;
  for (; loss.samples < count; loss.samples = std::min(loss.samples + kStepsAtOnce, count)) {
    if (aborted(abort)) fail_aborted();
    loss.total = kernels().sgd.rating(target, mean, samples + loss.samples,
                                      std::min(kStepsAtOnce, count - loss.samples), change, loss.total);
  }
  return loss;
}

// Epochs over the samples that `make` makes of each row, one row after the other.
template <class Make>
SgdLoss fold_in(const CsrView& rows, float mean, const SgdModel& model, const SgdOptions& options, SgdChange change,
                const AbortFlag* abort, Make make) {
  std::vector<SgdLoss> losses(rows.rows);
  parallel_for(rows.rows, kRowsPerChunk, abort, [&](int64_t begin, int64_t end) {
    std::vector<RatingSample> samples;
    for (int64_t r = begin; r < end; ++r) {
      samples.clear();
      for (int32_t n = rows.indptr[r]; n < rows.indptr[r + 1]; ++n)
        samples.push_back(make(r, rows.indices[n], rows.values[n]));
      const auto count = static_cast<int64_t>(samples.size());
      for (int epoch = 0; epoch < options.epochs; ++epoch) {
        losses[r] += rating_steps(sgd_target(model, options), mean, samples.data(), count, change, abort);
      }
    }
  });
  return sum_losses(losses);
}

}  // namespace

SgdLoss rating_epoch(const CsrView& log, float mean, const SgdModel& model, const SgdOptions& options,
                     const AbortFlag* abort) {
  check_sgd_shapes(log, model);
  const SgdBlocks<RatingSample> blocks(
      log, options, kSgdBlocks, abort, [](float) { return true; },
      [](int32_t user, int32_t item, float rating) {
        return RatingSample{user, item, rating};
      });
  std::vector<SgdLoss> losses(blocks.cells());
  blocks.for_cells(options.lock_free, abort, [&](const SgdBlocks<RatingSample>::Cell& cell) {
    const auto count = static_cast<int64_t>(cell.entries.size());
    losses[cell.index] =
        rating_steps(sgd_target(model, options), mean, cell.entries.data(), count, SgdChange::all, abort);
  });
  return sum_losses(losses);
}

SgdLoss rating_fold_in_users(const CsrView& log, float mean, const SgdModel& model, const SgdOptions& options,
                             const AbortFlag* abort) {
  check_sgd_shapes(log, model);
  return fold_in(log, mean, model, options, SgdChange::user, abort, [](int64_t row, int32_t column, float rating) {
    return RatingSample{static_cast<int32_t>(row), column, rating};
  });
}

SgdLoss rating_fold_in_items(const CsrView& columns, const int32_t* items, float mean, const SgdModel& model,
                             const SgdOptions& options, const AbortFlag* abort) {
  check_sgd_items(columns, items, model);
  return fold_in(columns, mean, model, options, SgdChange::item, abort, [=](int64_t row, int32_t column, float rating) {
    return RatingSample{column, items[row], rating};
  });
}

}  // namespace kindred
