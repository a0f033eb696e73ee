// Row normalisation.
#include "cuda/linalg/rows.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/objects.h"
#include "cuda/runtime/table.h"

namespace kindred::cuda {
namespace {

__global__ void normalize_kernel(float* rows, int64_t count, int64_t cols, int64_t* zeros) {
  const int64_t r = this_row();
  if (r >= count) return;
  const Warp warp = this_warp();
  if (!normalize_row(warp, rows + r * cols, cols)) warp.each(1, [&](int64_t) { add_atomic(zeros, int64_t{1}); });
}

}  // namespace

int32_t normalize_rows(KindredCudaMatrix* matrix, int64_t first_row, int64_t rows, int64_t* zeros,
                       KindredCudaError* error) {
  return guarded(error, [&] {
    if (first_row < 0 || rows < 0 || rows > matrix->rows - first_row)
      fail_invalid("normalize_rows: expected rows of " + shape(matrix->rows, matrix->cols) + ".");
    KindredCudaContext* const context = matrix->context;
    const Use use(context);
    int64_t count = 0;
    if (rows > 0) {
      int64_t* const place = static_cast<int64_t*>(context->working_space(sizeof(int64_t), "normalize_rows"));
      check(cudaMemsetAsync(place, 0, sizeof(int64_t), context->stream), "normalize_rows");
      launch_rows(context, "normalize_rows", normalize_kernel, rows, matrix->row(first_row), rows, matrix->cols, place);
      context->download(&count, place, sizeof(count));
    }
    if (zeros) *zeros = count;
  });
}

}  // namespace kindred::cuda
