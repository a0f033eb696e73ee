// The vectors of an index on the device: f32 rows, codes, or both.
#include <algorithm>
#include <limits>

#include "cuda/linalg/rows.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/table.h"
#include "cuda/search/index.h"

namespace kindred::cuda {
namespace {

constexpr int64_t kSlab = 65536;  // rows widened and encoded at a time where they are not kept

__global__ void check_rows(const float* rows, int64_t count, int64_t cols, int64_t* first_bad) {
  const int64_t r = this_row();
  if (r < count) check_row(this_warp(), rows + r * cols, cols, r, first_bad);
}

// Rows [count, cols] into to [count, width].
__global__ void prepare_rows(const float* rows, int64_t count, int64_t cols, bool normalize, float* to, int64_t width) {
  const int64_t r = this_row();
  if (r >= count) return;
  const Warp warp = this_warp();
  widen_row(warp, rows + r * cols, cols, to + r * width, width);
  if (normalize) normalize_row(warp, to + r * width, cols);
}

// Row r of vectors becomes row first + r of the codes.
__global__ void encode_rows(int32_t dtype, const float* vectors, int64_t count, int64_t dims, int64_t width, bool exact,
                            CodeRows to, int64_t first) {
  const int64_t r = this_row();
  if (r < count) encode_row(this_warp(), dtype, vectors + r * width, dims, exact, to, first + r);
}

std::string text_of(int64_t rows, int64_t dims) { return "index of " + shape(rows, dims); }

}  // namespace

bool legal(const KindredCudaKind& kind) {
  return kind.metric >= KINDRED_CUDA_DOT && kind.metric <= KINDRED_CUDA_EUCLIDEAN && kind.dtype >= KINDRED_CUDA_F32 &&
         kind.dtype <= KINDRED_CUDA_I8 && (kind.exact == 1 || (kind.exact == 0 && kind.dtype != KINDRED_CUDA_F32));
}

bool legal(int64_t rows, int64_t dims, const KindredCudaKind& kind) {
  return legal(kind) && rows >= 0 && rows <= std::numeric_limits<int32_t>::max() - kTileRows && dims >= 1 &&
         dims <= kMostDims;
}

IndexBytes bytes_of(int64_t rows, int64_t dims, const KindredCudaKind& kind) {
  const bool codes = kind.dtype != KINDRED_CUDA_F32;
  IndexBytes bytes;
  if (kind.exact) bytes.floats = rows * width_of(dims) * 4;
  if (codes) bytes.words = rows * words_of(kind.dtype, dims) * 4;
  if (kind.dtype == KINDRED_CUDA_I8) bytes.scales = rows * 4;
  if (codes && kind.metric == KINDRED_CUDA_EUCLIDEAN) bytes.biases = rows * 4;
  if (codes) bytes.chunks = ceil_div(rows, kRowsOfChunk) * static_cast<int64_t>(sizeof(CodeBounds));
  return bytes;
}

int64_t index_bytes(int64_t rows, int64_t dims, const KindredCudaKind* kind) {
  if (!legal(rows, dims, *kind)) return -1;
  const IndexBytes b = bytes_of(rows, dims, *kind);
  int64_t total = 0;
  for (const int64_t bytes : {b.floats, b.words, b.scales, b.biases, b.chunks})
    if (bytes > 0) total += aligned(bytes);
  return total;
}

int32_t index_create(KindredCudaContext* context, int64_t rows, int64_t dims, const KindredCudaKind* kind,
                     KindredCudaIndex** out, KindredCudaError* error) {
  return guarded(error, [&] {
    if (!legal(rows, dims, *kind))
      fail_invalid("index: received " + shape(rows, dims) + ", metric " + std::to_string(kind->metric) + ", dtype " +
                   std::to_string(kind->dtype) + ", exact " + std::to_string(kind->exact) + ".");
    const Use use(context);
    const IndexBytes bytes = bytes_of(rows, dims, *kind);
    const std::string what = text_of(rows, dims);
    std::unique_ptr<KindredCudaIndex> index(
        new KindredCudaIndex{context, *kind, rows, dims, width_of(dims), {}, {}, {}, {}, {}});
    const auto allocate = [&](Allocation& to, int64_t size) {
      if (size == 0) return;
      to = Allocation(context, size, what);
      check(cudaMemsetAsync(to.data(), 0, to.bytes(), context->stream), "index");
    };
    allocate(index->floats, bytes.floats);
    allocate(index->words, bytes.words);
    allocate(index->scales, bytes.scales);
    allocate(index->biases, bytes.biases);
    allocate(index->chunks, bytes.chunks);
    context->wait("index");
    *out = index.release();
  });
}

void index_destroy(KindredCudaIndex* index) { destroy(index); }

void refuse_not_finite(KindredCudaContext* context, const float* rows, int64_t count, int64_t cols, int64_t* place,
                       const char* name, int64_t first) {
  if (count == 0) return;
  int64_t bad = std::numeric_limits<int64_t>::max();
  context->upload(place, &bad, sizeof(bad));
  launch_rows(context, "check_rows", check_rows, count, rows, count, cols, place);
  context->download(&bad, place, sizeof(bad));
  if (bad < count)
    fail_invalid(std::string(name) + ": row " + std::to_string(first + bad) + " holds a number that is not finite.",
                 first + bad);
}

void prepare(KindredCudaContext* context, const float* rows, int64_t count, int64_t cols, bool normalize, float* to,
             int64_t width) {
  launch_rows(context, "prepare_rows", prepare_rows, count, rows, count, cols, normalize, to, width);
}

void encode(KindredCudaContext* context, const KindredCudaKind& kind, const float* vectors, int64_t count, int64_t dims,
            const CodeRows& to, int64_t first) {
  launch_rows(context, "encode_rows", encode_rows, count, kind.dtype, vectors, count, dims, width_of(dims),
              kind.exact != 0, to, first);
}

int32_t index_fill(KindredCudaIndex* index, int64_t first_row, const KindredCudaMatrix* from, int64_t from_row,
                   int64_t rows, int32_t normalized, KindredCudaError* error) {
  return guarded(error, [&] {
    KindredCudaContext* const context = index->context;
    if (from->context != context || from->cols != index->dims)
      fail_invalid("index: expected a matrix of " + std::to_string(index->dims) +
                   " columns, of the same context, but " + "received " + shape(from->rows, from->cols) + ".");
    if (rows < 0 || first_row < 0 || from_row < 0 || rows > index->rows - first_row || rows > from->rows - from_row)
      fail_invalid("index: expected rows within " + shape(index->rows, index->dims) + " and " +
                   shape(from->rows, from->cols) + ".");
    const Use use(context);
    const bool kept = index->kind.exact, codes = index->kind.dtype != KINDRED_CUDA_F32;
    const int64_t slab = kept ? rows : std::min(rows, kSlab);
    int64_t* bad = nullptr;
    float* floats = nullptr;
    const auto carve = [&](Arena arena) {
      bad = arena.take<int64_t>(1);
      floats = arena.take<float>(kept ? 0 : slab * index->width);
      return arena.used();
    };
    carve(Arena(context->working_space(carve(Arena()), text_of(index->rows, index->dims))));
    refuse_not_finite(context, from->row(from_row), rows, index->dims, bad, "index", from_row);
    const CodeRows to{index->words.as<uint32_t>(), index->scales.as<float>(), index->biases.as<float>(), nullptr,
                      index->chunks.as<CodeBounds>()};
    for (int64_t r = 0; r < rows; r += slab) {
      const int64_t count = std::min(slab, rows - r);
      float* const target = kept ? index->floats.as<float>() + (first_row + r) * index->width : floats;
      prepare(context, from->row(from_row + r), count, index->dims,
              index->kind.metric == KINDRED_CUDA_COSINE && !normalized, target, index->width);
      if (codes) encode(context, index->kind, target, count, index->dims, to, first_row + r);
    }
    context->wait("index");
  });
}

}  // namespace kindred::cuda
