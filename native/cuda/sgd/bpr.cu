// BPR, an epoch at a time.
#include <algorithm>

#include "cuda/runtime/launch.h"
#include "cuda/runtime/objects.h"
#include "cuda/runtime/table.h"
#include "cuda/sgd/bpr.h"

namespace kindred::cuda {
namespace {

__global__ void cells_kernel(const BprJob job, int64_t first, int64_t last) {
  const int64_t cell = first + this_row();
  if (cell < last) bpr_cell(this_warp(), job, cell);
}

struct Space {
  int32_t *users, *items, *others;
  int64_t* cell_samples;
  double* losses;

  int64_t carve(Arena arena, int64_t samples, int64_t cells) {
    users = arena.take<int32_t>(samples);
    items = arena.take<int32_t>(samples);
    others = arena.take<int32_t>(samples);
    cell_samples = arena.take<int64_t>(cells + 1);
    losses = arena.take<double>(cells);
    return arena.used();
  }
};

void check_ascending(const int64_t* begins, int64_t count, const char* name) {
  if (!begins || begins[0] != 0) fail_invalid(std::string("bpr: expected ") + name + " that start at 0.");
  for (int64_t n = 0; n < count; ++n)
    if (begins[n + 1] < begins[n]) fail_invalid(std::string("bpr: expected ") + name + " that ascend.");
}

void check_samples(const KindredCudaBpr& epoch, int64_t samples, int64_t users, int64_t items) {
  const auto in = [](int32_t id, int64_t count) { return id >= 0 && id < count; };
  for (int64_t s = 0; s < samples; ++s)
    if (!in(epoch.users[s], users) || !in(epoch.items[s], items) || !in(epoch.others[s], items) ||
        epoch.items[s] == epoch.others[s])
      fail_invalid("bpr: expected a user and two different items but received sample " + std::to_string(s) + ": " +
                   std::to_string(epoch.users[s]) + ", " + std::to_string(epoch.items[s]) + ", " +
                   std::to_string(epoch.others[s]) + ".");
}

}  // namespace

int64_t bpr_bytes(int64_t users, int64_t items, int64_t factors, int64_t samples, int64_t cells) {
  if (matrix_bytes(users, factors) < 0 || matrix_bytes(items, factors) < 0 || samples < 0 || cells < 0) return -1;
  return Space().carve(Arena(), samples, cells);
}

int32_t bpr_epoch(KindredCudaMatrix* X, KindredCudaMatrix* Y, KindredCudaMatrix* item_bias, const KindredCudaBpr* epoch,
                  double* loss, KindredCudaCancel cancel, KindredCudaError* error) {
  return guarded(error, [&] {
    KindredCudaContext* const context = X->context;
    if (Y->context != context || item_bias->context != context || X == Y || X->cols != Y->cols ||
        item_bias->rows != 1 || item_bias->cols != Y->rows)
      fail_invalid("bpr: expected X [users, f], Y [items, f] and biases [1, items] but received " +
                   shape(X->rows, X->cols) + ", " + shape(Y->rows, Y->cols) + " and " +
                   shape(item_bias->rows, item_bias->cols) + ".");
    if (epoch->rounds < 0) fail_invalid("bpr: expected rounds of 0 or more.");
    check_ascending(epoch->round_cells, epoch->rounds, "cells of rounds");
    const int64_t cells = epoch->round_cells[epoch->rounds];
    check_ascending(epoch->cell_samples, cells, "samples of cells");
    const int64_t samples = epoch->cell_samples[cells];
    check_samples(*epoch, samples, X->rows, Y->rows);

    const Use use(context);
    Space space;
    const auto carve = [&](Arena arena) { return space.carve(arena, samples, cells); };
    carve(Arena(context->working_space(carve(Arena()), "bpr of " + std::to_string(samples) + " samples")));
    context->upload(space.users, epoch->users, samples * 4);
    context->upload(space.items, epoch->items, samples * 4);
    context->upload(space.others, epoch->others, samples * 4);
    context->upload(space.cell_samples, epoch->cell_samples, (cells + 1) * 8);
    const BprJob job{X->data(),
                     Y->data(),
                     item_bias->data(),
                     X->cols,
                     space.users,
                     space.items,
                     space.others,
                     space.cell_samples,
                     epoch->learning_rate,
                     epoch->regularization,
                     space.losses};
    for (int64_t r = 0; r < epoch->rounds; ++r) {
      throw_if_cancelled(cancel);
      const int64_t first = epoch->round_cells[r], last = epoch->round_cells[r + 1];
      launch_rows(context, "bpr", cells_kernel, last - first, job, first, last);
    }
    std::vector<double> losses(cells);
    context->download(losses.data(), space.losses, cells * 8);
    context->wait("bpr");
    double total = 0;
    for (const double cell : losses) total += cell;
    if (loss) *loss = total;
  });
}

}  // namespace kindred::cuda
