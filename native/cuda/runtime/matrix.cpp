// Device matrices and sparse rows.
#include <algorithm>
#include <limits>
#include <memory>

#include "cuda/runtime/objects.h"
#include "cuda/runtime/table.h"

namespace kindred::cuda {
namespace {

constexpr int64_t kMost = std::numeric_limits<int32_t>::max();  // rows, columns, stored weights
constexpr int64_t kMostElements = int64_t{1} << 40;

bool legal(int64_t rows, int64_t cols) {
  return rows >= 0 && cols >= 0 && rows <= kMost && cols <= kMost && (cols == 0 || rows <= kMostElements / cols);
}

void check_range(const KindredCudaMatrix& matrix, int64_t first_row, int64_t rows, int64_t stride) {
  if (first_row < 0 || rows < 0 || first_row > matrix.rows - rows)
    fail_invalid("expected rows of a matrix of " + shape(matrix.rows, matrix.cols) + " but received [" +
                 std::to_string(first_row) + ", " + std::to_string(first_row + rows) + ").");
  if (stride < matrix.cols)
    fail_invalid("expected a stride of at least " + std::to_string(matrix.cols) + " but received " +
                 std::to_string(stride) + ".");
}

void check_csr(const int32_t* indptr, const int32_t* indices, int64_t rows, int64_t cols) {
  if (rows < 0 || rows >= kMost || cols < 0 || cols > kMost || !indptr || indptr[0] != 0)
    fail_invalid("csr: expected row pointers that start at 0.");
  for (int64_t r = 0; r < rows; ++r) {
    if (indptr[r + 1] < indptr[r]) fail_invalid("csr: expected row pointers that ascend.", r);
    int32_t last = -1;
    for (int32_t n = indptr[r]; n < indptr[r + 1]; last = indices[n++])
      if (indices[n] <= last || indices[n] >= cols)
        fail_invalid("csr: expected column ids from 0 to " + std::to_string(cols - 1) + ", ascending within row " +
                         std::to_string(r) + ".",
                     r);
  }
}

constexpr int64_t kFloat = sizeof(float);

}  // namespace

int64_t matrix_bytes(int64_t rows, int64_t cols) {
  return legal(rows, cols) ? std::max(kAlignment, aligned(rows * cols * kFloat)) : -1;
}

int32_t matrix_create(KindredCudaContext* context, int64_t rows, int64_t cols, KindredCudaMatrix** out,
                      KindredCudaError* error) {
  return guarded(error, [&] {
    if (!legal(rows, cols)) fail_invalid("matrix: received a shape of " + shape(rows, cols) + ".");
    const Use use(context);
    std::unique_ptr<KindredCudaMatrix> matrix(new KindredCudaMatrix{
        context, rows, cols, Allocation(context, rows * cols * kFloat, "matrix of " + shape(rows, cols))});
    check(cudaMemsetAsync(matrix->data(), 0, matrix->memory.bytes(), context->stream), "matrix");
    context->wait("matrix");
    *out = matrix.release();
  });
}

int32_t matrix_upload(KindredCudaMatrix* matrix, int64_t first_row, int64_t rows, const float* data, int64_t stride,
                      KindredCudaCancel cancel, KindredCudaError* error) {
  return guarded(error, [&] {
    check_range(*matrix, first_row, rows, stride);
    const Use use(matrix->context);
    matrix->context->upload(matrix->row(first_row), matrix->cols * kFloat, data, stride * kFloat, matrix->cols * kFloat,
                            rows, cancel);
    matrix->context->wait("upload");
  });
}

int32_t matrix_download(const KindredCudaMatrix* matrix, int64_t first_row, int64_t rows, float* data, int64_t stride,
                        KindredCudaCancel cancel, KindredCudaError* error) {
  return guarded(error, [&] {
    check_range(*matrix, first_row, rows, stride);
    const Use use(matrix->context);
    matrix->context->download(data, stride * kFloat, matrix->row(first_row), matrix->cols * kFloat,
                              matrix->cols * kFloat, rows, cancel);
  });
}

void matrix_destroy(KindredCudaMatrix* matrix) { destroy(matrix); }

int64_t csr_bytes(int64_t rows, int64_t nonzeros, int32_t with_values) {
  if (rows < 0 || rows >= kMost || nonzeros < 0 || nonzeros > kMost) return -1;
  const auto bytes = [](int64_t count) { return std::max(kAlignment, aligned(count * kFloat)); };
  return bytes(rows + 1) + bytes(nonzeros) * (with_values ? 2 : 1);
}

int32_t csr_create(KindredCudaContext* context, const int32_t* indptr, const int32_t* indices, const float* values,
                   int64_t rows, int64_t cols, KindredCudaCsr** out, KindredCudaError* error) {
  return guarded(error, [&] {
    check_csr(indptr, indices, rows, cols);
    const Use use(context);
    const int64_t nonzeros = indptr[rows];
    const std::string what = "csr of " + shape(rows, cols) + " with " + std::to_string(nonzeros) + " stored weights";
    std::unique_ptr<KindredCudaCsr> csr(new KindredCudaCsr{context, rows, cols, nonzeros, {}, {}, {}});
    csr->indptr = Allocation(context, (rows + 1) * kFloat, what);
    csr->indices = Allocation(context, nonzeros * kFloat, what);
    context->upload(csr->indptr.data(), indptr, (rows + 1) * kFloat);
    context->upload(csr->indices.data(), indices, nonzeros * kFloat);
    if (values) {
      csr->values = Allocation(context, nonzeros * kFloat, what);
      context->upload(csr->values.data(), values, nonzeros * kFloat);
    }
    context->wait("csr");
    *out = csr.release();
  });
}

void csr_destroy(KindredCudaCsr* csr) { destroy(csr); }

}  // namespace kindred::cuda
