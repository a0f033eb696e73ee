#include "cpu/sgd/bpr_draws.h"
#include "cpu/sgd/bpr_steps.h"
#include "cpu/sgd/sgd_model.h"

namespace kindred {

SgdLoss bpr_epoch(const CsrView& log, const SgdModel& model, const SgdOptions& options, const AbortFlag* abort) {
  check_sgd_shapes(log, model);
  const BprDraws draws(log, options, kSgdBlocks, abort);
  std::vector<SgdLoss> losses(draws.blocks().cells());
  draws.blocks().for_cells(options.lock_free, abort, [&](const BprDraws::Cell& cell) {
    BprSteps steps(sgd_target(model, options), SgdChange::all);
    draws.for_samples(cell, [&](int32_t user, int32_t item, int32_t other) { steps.add(user, item, other); });
    losses[cell.index] = steps.finish();
  });
  return sum_losses(losses);
}

}  // namespace kindred
