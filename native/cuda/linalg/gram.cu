// Gram matrices.
#include <algorithm>

#include "cuda/linalg/gram.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/objects.h"
#include "cuda/runtime/table.h"

namespace kindred::cuda {
namespace {

constexpr int64_t kMostPartialBytes = int64_t{256} << 20;
constexpr int64_t kLeastRows = 256;  // of a split
constexpr int64_t kMostSplits = 256;

__global__ void __launch_bounds__(kGramThreads) gram_kernel(const GramJob job) {
  __shared__ GramMemory memory;
  gram_tile(this_block(), job, blockIdx.x, blockIdx.y, memory);
}

__global__ void sums_kernel(const GramJob job) {
  const int64_t n = this_element();
  if (n < job.cols * job.splits) column_sum(job, n % job.cols, n / job.cols);
}

__global__ void add_kernel(const GramJob job) {
  const int64_t n = this_element();
  if (n < job.cols * job.cols) add_splits(job, n);
}

__global__ void mirror_kernel(double* full, int64_t cols) {
  const int64_t n = this_element();
  if (n < cols * cols) mirror(full, cols, n);
}

int64_t splits_of(int64_t rows, int64_t cols) {
  const int64_t fit = std::max<int64_t>(1, kMostPartialBytes / std::max<int64_t>(1, cols * cols * 8));
  return std::clamp<int64_t>(ceil_div(rows, kLeastRows), 1, std::min(fit, kMostSplits));
}

int64_t carve(GramJob& job, Arena arena) {
  job.partial = arena.take<double>(job.splits * job.cols * job.cols);
  job.partial_sums = arena.take<double>(job.splits * job.cols);
  return arena.used();
}

GramJob job_of(const float* x, int64_t rows, int64_t cols) {
  GramJob job{};
  job.x = x;
  job.rows = rows;
  job.cols = cols;
  job.splits = splits_of(rows, cols);
  job.rows_of_split = ceil_div(rows, job.splits);
  return job;
}

}  // namespace

int64_t gram_bytes(int64_t rows, int64_t cols) {
  if (matrix_bytes(rows, cols) < 0 || matrix_bytes(cols, cols) < 0) return -1;
  GramJob job = job_of(nullptr, rows, cols);
  return carve(job, Arena());
}

int32_t gram(const KindredCudaMatrix* x, double* gram, double* sums, KindredCudaCancel cancel,
             KindredCudaError* error) {
  return guarded(error, [&] {
    const int64_t cols = x->cols;
    throw_if_cancelled(cancel);
    if (cols == 0) return;
    KindredCudaContext* const context = x->context;
    const Use use(context);
    GramJob job = job_of(x->data(), x->rows, cols);
    carve(job, Arena(context->working_space(carve(job, Arena()), "gram of " + shape(x->rows, cols))));
    const int64_t side = ceil_div(cols, kGramTile);
    launch_blocks(context, "gram", gram_kernel, grid_of(side * (side + 1) / 2, job.splits), kGramThreads, 0, job);
    launch_elements(context, "gram", add_kernel, cols * cols, job);
    launch_elements(context, "gram", mirror_kernel, cols * cols, job.partial, cols);
    if (sums) {
      launch_elements(context, "sums", sums_kernel, cols * job.splits, job);
      std::vector<double> partial(job.splits * cols);
      context->download(partial.data(), job.partial_sums, job.splits * cols * 8);
      std::fill_n(sums, cols, 0.0);
      for (int64_t n = 0; n < job.splits * cols; ++n) sums[n % cols] += partial[n];
    }
    context->download(gram, job.partial, cols * cols * 8);
  });
}

}  // namespace kindred::cuda
