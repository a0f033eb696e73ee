#include <algorithm>

#include "cpu/sgd/bpr_draws.h"
#include "device/gpu.h"
#include "kindred/device/device_kernels.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

constexpr int64_t kDeviceBlocks = 256;  // a warp for each, at a time

void check_mode(const SgdOptions& options) {
  if (options.lock_free)
    throw Error("ERR_NOT_SUPPORTED",
                "lockFree: expected false on the device but received true, which only the CPU has.");
  if (options.optimizer != Optimizer::sgd || options.batch_size != 1)
    throw Error(
        "ERR_NOT_SUPPORTED",
        "optimizer: expected 'sgd' with a batchSize of 1 on the device; batches and other optimizers run on the "
        "CPU only.");
}

std::string shapes_of(const CsrView& log, int64_t width) {
  return "BPR with " + std::to_string(width) + " factors on " + shape_of(log.rows, log.cols);
}

// The samples of an epoch, cell after cell in the order of their turns.
struct Samples {
  std::vector<int32_t> users, items, others;
  std::vector<int64_t> cells{0};   // [cells + 1], where each begins
  std::vector<int64_t> rounds{0};  // [rounds + 1], the cells of each
};

Samples draw(const CsrView& log, const SgdOptions& options, const AbortFlag* abort) {
  const BprDraws draws(log, options, kDeviceBlocks, abort);
  const SgdBlocks<Liked>& blocks = draws.blocks();
  Samples out;
  // As many as there are entries, less those that found no negative, which are closed up afterwards.
  std::vector<int64_t> places(blocks.cells() + 1, 0), counts(blocks.cells());
  for (int64_t cell = 0; cell < blocks.cells(); ++cell) places[blocks.turn_of(cell) + 1] = blocks.size(cell);
  for (int64_t turn = 0; turn < blocks.cells(); ++turn) places[turn + 1] += places[turn];
  for (auto* ids : {&out.users, &out.items, &out.others}) ids->resize(places.back());
  blocks.for_cells(true, abort, [&](const BprDraws::Cell& cell) {
    const int64_t turn = blocks.turn_of(cell.index);
    int64_t next = places[turn];
    draws.for_samples(cell, [&](int32_t user, int32_t item, int32_t other) {
      out.users[next] = user;
      out.items[next] = item;
      out.others[next++] = other;
    });
    counts[turn] = next - places[turn];
  });
  int64_t end = 0;
  for (int64_t turn = 0; turn < blocks.cells(); ++turn) {
    if (end != places[turn])
      for (auto* ids : {&out.users, &out.items, &out.others})
        std::copy_n(ids->begin() + places[turn], counts[turn], ids->begin() + end);
    out.cells.push_back(end += counts[turn]);
  }
  for (int64_t round = 1; round <= blocks.count(); ++round) out.rounds.push_back(round * blocks.count());
  return out;
}

}  // namespace

SgdLoss device_bpr_epoch(const CsrView& log, DeviceMatrix& X, DeviceMatrix& Y, DeviceMatrix& item_bias,
                         const SgdOptions& options, const AbortFlag* abort) {
  check_mode(options);
  if (X.rows() != log.rows || Y.rows() != log.cols || X.cols() != Y.cols() || item_bias.rows() != 1 ||
      item_bias.cols() != log.cols)
    fail_shape("expected X [" + std::to_string(log.rows) + ", f], Y [" + std::to_string(log.cols) + ", f] and biases " +
               shape_of(1, log.cols) + " but received " + shape_of(X.rows(), X.cols()) + ", " +
               shape_of(Y.rows(), Y.cols()) + " and " + shape_of(item_bias.rows(), item_bias.cols()) + ".");
  if (log.cols == 0) return {};
  const Samples samples = draw(log, options, abort);
  KindredCudaBpr epoch{};
  epoch.users = samples.users.data();
  epoch.items = samples.items.data();
  epoch.others = samples.others.data();
  epoch.cell_samples = samples.cells.data();
  epoch.round_cells = samples.rounds.data();
  epoch.rounds = static_cast<int64_t>(samples.rounds.size()) - 1;
  epoch.learning_rate = options.learning_rate;
  epoch.regularization = options.regularization;
  Gpu& device = gpu();
  SgdLoss loss;
  loss.samples = samples.cells.back();
  device.call(shapes_of(log, X.cols()), device.table().bpr_epoch, X.get(), Y.get(), item_bias.get(), &epoch,
              &loss.total, cancel_of(abort));
  return loss;
}

void require_bpr_memory(const CsrView& log, int64_t width, const SgdOptions& options) {
  check_mode(options);
  Gpu& device = gpu();
  const KindredCuda& table = device.table();
  const std::string what = shapes_of(log, width);
  int64_t bytes = device.bytes(what, table.matrix_bytes, int64_t{1}, log.cols);
  for (const int64_t rows : {log.rows, log.cols}) bytes += device.bytes(what, table.matrix_bytes, rows, width);
  bytes +=
      device.bytes(what, table.bpr_bytes, log.rows, log.cols, width, log.nonzeros(), kDeviceBlocks * kDeviceBlocks);
  device.require(what, bytes);
}

}  // namespace kindred
