// ALS half-sweeps by Cholesky.
#include <algorithm>
#include <limits>

#include "cuda/als/als_exact.h"
#include "cuda/als/als_host.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/table.h"

namespace kindred::cuda {
namespace {

constexpr int64_t kMostSlots = 1024;
constexpr int64_t kMostSystemBytes = int64_t{1} << 30;
constexpr int64_t kRowsOfSlot = 64;  // of a launch, between two looks at `cancel`

__global__ void __launch_bounds__(kExactThreads) exact_kernel(const ExactJob job, int64_t begin, int64_t end) {
  for (int64_t u = begin + blockIdx.x; u < end; u += gridDim.x) exact_row(this_block(), job, u, blockIdx.x);
}

int64_t slots_of(int64_t rows, int64_t factors) {
  const int64_t system_bytes = (factors + 1) * factors * 8;
  return std::clamp<int64_t>(kMostSystemBytes / system_bytes, 1, std::clamp<int64_t>(rows, 1, kMostSlots));
}

struct Space {
  double *gram, *systems;
  float* out;
  int64_t* first_bad;

  int64_t carve(Arena arena, int64_t rows, int64_t factors) {
    gram = arena.take<double>(factors * factors);
    systems = arena.take<double>(slots_of(rows, factors) * (factors + 1) * factors);
    out = arena.take<float>(rows * factors);
    first_bad = arena.take<int64_t>(1);
    return arena.used();
  }
};

}  // namespace

int64_t als_cholesky_bytes(int64_t rows, int64_t cols, int64_t factors) {
  if (matrix_bytes(rows, factors) < 0 || matrix_bytes(cols, factors) < 0 || factors < 1 || factors > kMostFactors)
    return -1;
  return Space().carve(Arena(), rows, factors);
}

int32_t als_cholesky(const KindredCudaCsr* Cui, const KindredCudaMatrix* Y, KindredCudaMatrix* X,
                     const double* gram_of_y, const KindredCudaAls* options, KindredCudaCancel cancel,
                     KindredCudaError* error) {
  return guarded(error, [&] {
    check_als(*Cui, *Y, *X, *options);
    KindredCudaContext* const context = Cui->context;
    const Use use(context);
    const int64_t f = X->cols, rows = X->rows;
    Space space;
    const auto carve = [&](Arena arena) { return space.carve(arena, rows, f); };
    carve(Arena(context->working_space(carve(Arena()), "als of " + shape(rows, f) + " and " + shape(Y->rows, f))));
    const int64_t none = std::numeric_limits<int64_t>::max();
    context->upload(space.gram, gram_of_y, f * f * 8);
    context->upload(space.first_bad, &none, sizeof(none));
    const int64_t slots = slots_of(rows, f);
    const ExactJob job{rows_of(*Cui),         Y->data(),     space.out,      space.gram, f,
                       settings_of(*options), space.systems, space.first_bad};
    for (int64_t first = 0; first < rows; first += slots * kRowsOfSlot) {
      throw_if_cancelled(cancel);
      launch_blocks(context, "als", exact_kernel, grid_of(slots), kExactThreads, 0, job, first,
                    std::min(first + slots * kRowsOfSlot, rows));
      int64_t bad = none;
      context->download(&bad, space.first_bad, sizeof(bad));
      if (bad != none)
        fail(KINDRED_CUDA_NOT_POSITIVE_DEFINITE,
             "the normal equations of row " + std::to_string(bad) +
                 " are not positive definite. Increase the regularization parameter.",
             bad);
    }
    if (rows > 0)
      check(cudaMemcpyAsync(X->data(), space.out, rows * f * 4, cudaMemcpyDeviceToDevice, context->stream), "als");
    context->wait("als");
  });
}

}  // namespace kindred::cuda
