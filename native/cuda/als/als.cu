// ALS half-sweeps by conjugate gradients.
#include <algorithm>

#include "cuda/als/als.h"
#include "cuda/als/als_host.h"
#include "cuda/linalg/products_launch.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/table.h"
#include "cuda/search/index.h"

namespace kindred::cuda {
namespace {

constexpr int64_t kRowsOfLaunch = 65536;         // between two looks at `cancel`
constexpr int64_t kMostSharedBytes = 99 * 1024;  // of a block, on every device from sm_80 on

__global__ void cg_kernel(const CgJob job, int64_t first) {
  KINDRED_DYNAMIC_SHARED(float, shared);
  cg_row(this_block(), job, first + blockIdx.x, shared);
}

int64_t shared_bytes(int64_t width, int64_t warps) { return cg_memory_floats(width, warps) * 4; }

struct Space {
  float *Y, *X, *wide, *V, *Vt;
  double* eigenvalues;

  // Rows of X and Y are padded in `wide` on their way in and out of their coordinates.
  int64_t carve(Arena arena, int64_t rows, int64_t cols, int64_t factors) {
    const int64_t width = width_of(factors);
    Y = arena.take<float>(cols * width);
    X = arena.take<float>(rows * width);
    wide = arena.take<float>(std::max(rows, cols) * width);
    V = arena.take<float>(factors * width);
    Vt = arena.take<float>(factors * width);
    eigenvalues = arena.take<double>(factors);
    return arena.used();
  }
};

// to [count, width] = rows [count, factors] in the coordinates of V: rows V'.
void rotate(KindredCudaContext* context, const KindredCudaMatrix& rows, const Space& space, float* to) {
  const int64_t width = width_of(rows.cols);
  widen(context, rows.data(), rows.rows, rows.cols, nullptr, space.wide, width);
  check(cudaMemsetAsync(to, 0, rows.rows * width * 4, context->stream), "als");
  multiply(context, rows_of(space.wide, rows.rows, width), rows_of(space.V, rows.cols, width), to, width);
}

}  // namespace

AlsSettings settings_of(const KindredCudaAls& options) {
  return {options.regularization, options.regularization_exponent, options.unobserved_weight, options.alpha,
          options.cg_steps,       options.preconditioned};
}

CsrRows rows_of(const KindredCudaCsr& csr) {
  return {csr.indptr.as<int32_t>(), csr.indices.as<int32_t>(), csr.values.as<float>(), csr.rows, csr.cols};
}

void check_als(const KindredCudaCsr& Cui, const KindredCudaMatrix& Y, const KindredCudaMatrix& X,
               const KindredCudaAls& options) {
  if (X.context != Cui.context || Y.context != Cui.context || X.rows != Cui.rows || Y.rows != Cui.cols ||
      X.cols != Y.cols || X.cols < 1 || X.cols > kMostFactors)
    fail_invalid("als: expected factors [" + std::to_string(Cui.rows) + ", f] and [" + std::to_string(Cui.cols) +
                 ", f], f from 1 to " + std::to_string(kMostFactors) + ", but received " + shape(X.rows, X.cols) +
                 " and " + shape(Y.rows, Y.cols) + ".");
  if (options.cg_steps < 0) fail_invalid("als: expected cg_steps of 0 or more.");
}

int64_t als_cg_bytes(int64_t rows, int64_t cols, int64_t factors) {
  if (matrix_bytes(rows, factors) < 0 || matrix_bytes(cols, factors) < 0 || factors < 1 || factors > kMostFactors)
    return -1;
  return Space().carve(Arena(), rows, cols, factors);
}

int32_t als_cg(const KindredCudaCsr* Cui, const KindredCudaMatrix* Y, KindredCudaMatrix* X, const double* eigenvalues,
               const double* eigenvectors, const KindredCudaAls* options, KindredCudaCancel cancel,
               KindredCudaError* error) {
  return guarded(error, [&] {
    check_als(*Cui, *Y, *X, *options);
    KindredCudaContext* const context = Cui->context;
    const Use use(context);
    const int64_t f = X->cols, width = width_of(f);
    Space space;
    const auto carve = [&](Arena arena) { return space.carve(arena, X->rows, Y->rows, f); };
    carve(Arena(context->working_space(carve(Arena()), "als of " + shape(X->rows, f) + " and " + shape(Y->rows, f))));
    std::vector<float> V(f * width, 0.0f), Vt(f * width, 0.0f);
    for (int64_t i = 0; i < f; ++i)
      for (int64_t j = 0; j < f; ++j)
        V[i * width + j] = Vt[j * width + i] = static_cast<float>(eigenvectors[i * f + j]);
    context->upload(space.V, V.data(), f * width * 4);
    context->upload(space.Vt, Vt.data(), f * width * 4);
    context->upload(space.eigenvalues, eigenvalues, f * 8);
    rotate(context, *Y, space, space.Y);
    rotate(context, *X, space, space.X);

    int64_t warps = 8;
    while (warps > 1 && shared_bytes(width, warps) > kMostSharedBytes) warps /= 2;
    const int64_t bytes = shared_bytes(width, warps);
    check(cudaFuncSetAttribute(cg_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes)), "als");
    const CgJob job{rows_of(*Cui), space.Y, space.X, space.eigenvalues, f, width, settings_of(*options)};
    for (int64_t first = 0; first < X->rows; first += kRowsOfLaunch) {
      throw_if_cancelled(cancel);
      const int64_t count = std::min(kRowsOfLaunch, X->rows - first);
      launch_blocks(context, "als", cg_kernel, grid_of(count), static_cast<int>(warps) * kWarp, bytes, job, first);
      context->wait("als");
    }
    // Back: rows V, through the padding.
    multiply(context, rows_of(space.X, X->rows, width), rows_of(space.Vt, f, width), space.wide, width);
    narrow(context, space.wide, X->rows, width, X->data(), f);
    context->wait("als");
  });
}

}  // namespace kindred::cuda
