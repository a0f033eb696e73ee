// Projections of rows on components, and the products they are made of.
#include <algorithm>

#include "cuda/linalg/products_launch.h"
#include "cuda/linalg/rows.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/table.h"
#include "cuda/search/index.h"

namespace kindred::cuda {
namespace {

constexpr int64_t kSlab = 65536;  // rows widened at a time

__global__ void widen_kernel(const float* rows, int64_t count, int64_t cols, const double* mean, float* to,
                             int64_t width) {
  const int64_t r = this_row();
  if (r < count) widen_centred(this_warp(), rows + r * cols, cols, mean, to + r * width, width);
}

__global__ void narrow_kernel(const float* rows, int64_t count, int64_t width, float* to, int64_t cols) {
  const int64_t r = this_row();
  if (r < count) widen_row(this_warp(), rows + r * width, cols, to + r * cols, cols);
}

__global__ void __launch_bounds__(kTileThreads, 2)
    multiply_kernel(const WordRows a, const WordRows b, float* out, int64_t stride) {
  __shared__ TileMemory memory;
  product_tile(this_block(), a, int64_t{blockIdx.x} * kTileQueries, b, int64_t{blockIdx.y} * kTileRows, memory,
               [&](int64_t row, int64_t col, float product) { out[row * stride + col] = product; });
}

struct Space {
  float *rows, *components;
  double* mean;

  int64_t carve(Arena arena, int64_t count, int64_t dims, int64_t components_count) {
    rows = arena.take<float>(std::min(count, kSlab) * width_of(dims));
    components = arena.take<float>(components_count * width_of(dims));
    mean = arena.take<double>(dims);
    return arena.used();
  }
};

}  // namespace

void widen(KindredCudaContext* context, const float* rows, int64_t count, int64_t cols, const double* mean, float* to,
           int64_t width) {
  launch_rows(context, "widen", widen_kernel, count, rows, count, cols, mean, to, width);
}

void narrow(KindredCudaContext* context, const float* rows, int64_t count, int64_t width, float* to, int64_t cols) {
  launch_rows(context, "narrow", narrow_kernel, count, rows, count, width, to, cols);
}

void multiply(KindredCudaContext* context, const WordRows& a, const WordRows& b, float* out, int64_t stride) {
  if (a.count == 0 || b.count == 0) return;
  launch_blocks(context, "multiply", multiply_kernel,
                grid_of(ceil_div(a.count, kTileQueries), ceil_div(b.count, kTileRows)), kTileThreads, 0, a, b, out,
                stride);
}

int64_t project_bytes(int64_t rows, int64_t dims, int64_t components) {
  if (matrix_bytes(rows, dims) < 0 || matrix_bytes(components, dims) < 0) return -1;
  return Space().carve(Arena(), rows, dims, components);
}

int32_t project(const KindredCudaMatrix* x, const double* mean, const KindredCudaMatrix* components,
                KindredCudaMatrix* out, KindredCudaCancel cancel, KindredCudaError* error) {
  return guarded(error, [&] {
    KindredCudaContext* const context = x->context;
    if (components->context != context || out->context != context || components->cols != x->cols ||
        out->rows != x->rows || out->cols != components->rows || out == x || out == components)
      fail_invalid("project: expected x [rows, dims], components [count, dims] and another matrix [rows, count] but " +
                   ("received " + shape(x->rows, x->cols)) + ", " + shape(components->rows, components->cols) +
                   " and " + shape(out->rows, out->cols) + ".");
    const Use use(context);
    const int64_t dims = x->cols, width = width_of(dims);
    Space space;
    const auto carve = [&](Arena arena) { return space.carve(arena, x->rows, dims, components->rows); };
    carve(Arena(context->working_space(carve(Arena()), "project of " + shape(x->rows, dims))));
    if (mean) context->upload(space.mean, mean, dims * 8);
    widen(context, components->data(), components->rows, dims, nullptr, space.components, width);
    for (int64_t r = 0; r < x->rows; r += kSlab) {
      throw_if_cancelled(cancel);
      const int64_t count = std::min(kSlab, x->rows - r);
      widen(context, x->row(r), count, dims, mean ? space.mean : nullptr, space.rows, width);
      multiply(context, rows_of(space.rows, count, width), rows_of(space.components, components->rows, width),
               out->row(r), out->cols);
      context->wait("project");
    }
  });
}

}  // namespace kindred::cuda
