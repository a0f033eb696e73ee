// The inverse of a symmetric positive definite matrix, and the weights of EASE, which are made of one.
#include <algorithm>
#include <limits>

#include "cuda/linalg/inverse.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/objects.h"
#include "cuda/runtime/table.h"

namespace kindred::cuda {
namespace {

__global__ void diagonal_kernel(const float* a, int64_t n, float* diagonal) {
  const int64_t i = this_element();
  if (i < n) diagonal[i] = a[i * n + i];
}

__global__ void __launch_bounds__(kPivotThreads) pivots_kernel(const InversionJob job, int64_t begin) {
  __shared__ PivotMemory memory;
  invert_pivots(this_block(), job, begin, memory);
}

__global__ void take_kernel(const InversionJob job, int64_t begin) {
  const int64_t e = this_element();
  if (e < job.n * kPivots) take_column(job, begin, e);
}

__global__ void multiply_column_kernel(const InversionJob job) {
  const int64_t e = this_element();
  if (e < job.n * kPivots) multiply_column(job, e);
}

__global__ void __launch_bounds__(kTileThreads, 2) update_kernel(const InversionJob job) {
  __shared__ TileMemory memory;
  update_tile(this_block(), job, blockIdx.x, blockIdx.y, memory);
}

__global__ void put_kernel(const InversionJob job, int64_t begin) {
  const int64_t e = this_element();
  if (e < job.n * kPivots) put_column(job, begin, e);
}

__global__ void scale_kernel(const float* a, int64_t n, float* scale) {
  const int64_t j = this_element();
  if (j < n) scale[j] = -1 / a[j * n + j];
}

__global__ void weights_kernel(float* a, int64_t n, const float* scale) {
  const int64_t e = this_element();
  if (e < n * n) weights_of_negated(a, n, scale, e);
}

__global__ void inverse_kernel(float* a, int64_t n) {
  const int64_t e = this_element();
  if (e < n * n) inverse_of_negated(a, n, e);
}

// What a sweep of a [n, n] needs beside it.
int64_t carve(InversionJob& job, float*& diagonal, Arena arena) {
  diagonal = arena.take<float>(job.n);
  job.taken = arena.take<float>(job.n * kPivots);
  job.multiplied = arena.take<float>(job.n * kPivots);
  job.inverse = arena.take<float>(kPivots * kPivots);
  job.first_bad = arena.take<int64_t>(1);
  return arena.used();
}

// Sweeps every pivot; gives back a place for n numbers.
float* sweep(KindredCudaMatrix* a, KindredCudaCancel cancel) {
  KindredCudaContext* const context = a->context;
  InversionJob job{};
  job.a = a->data();
  job.n = a->rows;
  float* diagonal = nullptr;
  carve(job, diagonal,
        Arena(context->working_space(carve(job, diagonal, Arena()), "inverse of " + shape(job.n, job.n))));
  job.diagonal = diagonal;
  const int64_t none = std::numeric_limits<int64_t>::max();
  context->upload(job.first_bad, &none, sizeof(none));
  launch_elements(context, "inverse", diagonal_kernel, job.n, job.a, job.n, diagonal);
  const dim3 tiles = grid_of(ceil_div(job.n, kTileQueries), ceil_div(job.n, kTileRows));
  const int64_t column = job.n * kPivots;
  for (int64_t begin = 0; begin < job.n; begin += kPivots) {
    throw_if_cancelled(cancel);
    launch_blocks(context, "inverse", pivots_kernel, grid_of(1), kPivotThreads, 0, job, begin);
    int64_t bad = none;
    context->download(&bad, job.first_bad, sizeof(bad));
    if (bad != none)
      fail(KINDRED_CUDA_NOT_POSITIVE_DEFINITE,
           "the matrix is not positive definite in single precision at row " + std::to_string(bad) +
               ". Increase the regularization parameter.",
           bad);
    launch_elements(context, "inverse", take_kernel, column, job, begin);
    launch_elements(context, "inverse", multiply_column_kernel, column, job);
    launch_blocks(context, "inverse", update_kernel, tiles, kTileThreads, 0, job);
    launch_elements(context, "inverse", put_kernel, column, job, begin);
  }
  return diagonal;
}

void check_square(const KindredCudaMatrix& a) {
  if (a.rows != a.cols) fail_invalid("expected a square matrix but received " + shape(a.rows, a.cols) + ".");
}

}  // namespace

int64_t inverse_bytes(int64_t n) {
  if (matrix_bytes(n, n) < 0) return -1;
  InversionJob job{};
  job.n = n;
  float* diagonal = nullptr;
  return carve(job, diagonal, Arena());
}

int32_t inverse(KindredCudaMatrix* a, KindredCudaCancel cancel, KindredCudaError* error) {
  return guarded(error, [&] {
    check_square(*a);
    if (a->rows == 0) return;
    const Use use(a->context);
    sweep(a, cancel);
    launch_elements(a->context, "inverse", inverse_kernel, a->rows * a->rows, a->data(), a->rows);
    a->context->wait("inverse");
  });
}

int32_t ease_weights(KindredCudaMatrix* gram, KindredCudaCancel cancel, KindredCudaError* error) {
  return guarded(error, [&] {
    check_square(*gram);
    const int64_t n = gram->rows;
    if (n == 0) return;
    const Use use(gram->context);
    float* const scale = sweep(gram, cancel);
    launch_elements(gram->context, "ease_weights", scale_kernel, n, gram->data(), n, scale);
    launch_elements(gram->context, "ease_weights", weights_kernel, n * n, gram->data(), n, scale);
    gram->context->wait("ease_weights");
  });
}

}  // namespace kindred::cuda
