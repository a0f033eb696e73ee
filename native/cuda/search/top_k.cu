// Search in an index, a batch of queries at a time.
#include <algorithm>
#include <limits>

#include "cuda/linalg/rows.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/table.h"
#include "cuda/search/index.h"
#include "cuda/search/search_kernels.h"

namespace kindred::cuda {
namespace {

constexpr int64_t kMostQueries = 1024;                    // of a batch, between two looks at `cancel`
constexpr int64_t kMostBufferBytes = int64_t{256} << 20;  // of a batch's keys
constexpr int64_t kMostAllowBytes = int64_t{256} << 20;   // of a batch's bitmaps
constexpr int64_t kAssumedBlocks = 512;                   // at a time, of the largest device, for estimates

__global__ void norms_of_rows(const float* rows, int64_t count, int64_t cols, int64_t width, double* norms) {
  const int64_t r = this_row();
  if (r >= count) return;
  const Warp warp = this_warp();
  const double norm = norm_of_row(warp, rows + r * width, cols);
  warp.each(1, [&](int64_t) { norms[r] = norm; });
}

__global__ void __launch_bounds__(kTileThreads) merge_kernel(const SearchJob job, int32_t* indices, float* scores) {
  __shared__ uint64_t memory[kMergeKeys];
  merge_lists(this_block(), job, blockIdx.x, memory, indices, scores);
}

// How a search is cut into batches of queries, and a batch into blocks.
struct Plan {
  int64_t batch, splits, tiles_of_split;

  Plan(int64_t rows, const KindredCudaSearch& search, int64_t blocks) {
    const int64_t tile_bytes = kTileQueries * buffer_keys(search.k) * 8;
    const int64_t most_blocks = std::clamp(kMostBufferBytes / tile_bytes, int64_t{1}, blocks);
    batch = std::min({search.count, kMostQueries, most_blocks * kTileQueries});
    if (search.allow && !search.allow_shared)
      batch = std::min(batch, std::max<int64_t>(1, kMostAllowBytes / std::max<int64_t>(1, ceil_div(rows, 8))));
    batch = std::max<int64_t>(batch, 1);
    const int64_t tiles = std::max<int64_t>(1, ceil_div(rows, kTileRows));
    splits = std::clamp(most_blocks / ceil_div(batch, kTileQueries), int64_t{1}, tiles);
    tiles_of_split = ceil_div(tiles, splits);
    splits = ceil_div(tiles, tiles_of_split);
  }
};

// The working space of a batch.
struct Space {
  int64_t* bad;
  float *raw, *floats;
  uint32_t* words;
  float* scales;
  CodeBounds* bounds;
  double* norms;
  uint64_t *buffers, *lists;
  int32_t *exclude_indptr, *exclude_indices, *indices;
  uint8_t* allow;
  float* scores;

  int64_t carve(Arena arena, int64_t rows, int64_t dims, const KindredCudaKind& kind, const KindredCudaSearch& search,
                const Plan& plan, int64_t excluded) {
    const bool codes = kind.dtype != KINDRED_CUDA_F32;
    bad = arena.take<int64_t>(1);
    raw = arena.take<float>(search.queries ? plan.batch * dims : 0);
    floats = arena.take<float>(plan.batch * width_of(dims));
    words = arena.take<uint32_t>(codes ? plan.batch * words_of(kind.dtype, dims) : 0);
    scales = arena.take<float>(codes ? plan.batch : 0);
    bounds = arena.take<CodeBounds>(codes ? plan.batch : 0);
    norms = arena.take<double>(codes ? plan.batch : 0);
    buffers =
        arena.take<uint64_t>(ceil_div(plan.batch, kTileQueries) * plan.splits * kTileQueries * buffer_keys(search.k));
    lists = arena.take<uint64_t>(plan.batch * plan.splits * search.k);
    exclude_indptr = arena.take<int32_t>(search.exclude_indptr ? plan.batch + 1 : 0);
    exclude_indices = arena.take<int32_t>(excluded);
    allow = arena.take<uint8_t>(search.allow ? (search.allow_shared ? 1 : plan.batch) * ceil_div(rows, 8) : 0);
    indices = arena.take<int32_t>(plan.batch * search.k);
    scores = arena.take<float>(plan.batch * search.k);
    return arena.used();
  }
};

// The most that any batch excludes.
int64_t most_excluded(const KindredCudaSearch& search, int64_t batch) {
  int64_t most = 0;
  for (int64_t q = 0; search.exclude_indptr && q < search.count; q += batch)
    most = std::max<int64_t>(
        most, search.exclude_indptr[std::min(q + batch, search.count)] - int64_t{search.exclude_indptr[q]});
  return most;
}

bool legal(const KindredCudaSearch& search) {
  if (search.count < 0 || search.k < 0 || search.k > kMostK) return false;
  return !search.exclude_indptr || search.exclude_indices || search.exclude_indptr[search.count] == 0;
}

void check_search(const KindredCudaIndex& index, const KindredCudaSearch& search) {
  if (!legal(search))
    fail_invalid("search: expected k from 0 to " + std::to_string(kMostK) + " but received " +
                 std::to_string(search.k) + " for " + std::to_string(search.count) + " queries.");
  if (search.queries) {
    if (search.query_stride < index.dims) fail_invalid("search: expected a stride of at least the dimensions.");
  } else {
    const KindredCudaMatrix* const matrix = search.query_matrix;
    if (!matrix || matrix->context != index.context || matrix->cols != index.dims || search.query_first < 0 ||
        search.query_first > matrix->rows - search.count)
      fail_invalid("search: expected queries of " + std::to_string(index.dims) + " columns" +
                   (matrix ? " but received rows of " + shape(matrix->rows, matrix->cols) : "") + ".");
  }
  for (int64_t q = 0; search.exclude_indptr && q < search.count; ++q)
    if (search.exclude_indptr[0] != 0 || search.exclude_indptr[q + 1] < search.exclude_indptr[q])
      fail_invalid("search: expected exclude's row pointers to ascend from 0.", q);
}

class Batch {
 public:
  Batch(const KindredCudaIndex& index, const KindredCudaSearch& search, const Plan& plan, const Space& space)
      : index_(index), search_(search), plan_(plan), space_(space), context_(index.context) {}

  void run(int64_t first, int64_t count) {
    SearchJob job{};
    job.kind = index_.kind;
    job.dims = index_.dims;
    job.k = search_.k;
    job.width = index_.width;
    prepare_queries(first, count, job);
    prepare_filter(first, count, job);
    job.row_floats = index_.floats.as<float>();
    job.row_scales = index_.scales.as<float>();
    job.row_biases = index_.biases.as<float>();
    job.chunk_bounds = index_.chunks.as<CodeBounds>();
    job.splits = plan_.splits;
    job.tiles_of_split = plan_.tiles_of_split;
    job.capacity = buffer_keys(search_.k);
    job.buffers = space_.buffers;
    job.lists = space_.lists;
    if (index_.kind.dtype == KINDRED_CUDA_F32)
      search_f32(context_, job);
    else if (index_.kind.dtype == KINDRED_CUDA_I8)
      search_i8(context_, job);
    else
      search_float_codes(context_, job);
    launch_blocks(context_, "merge", merge_kernel, grid_of(count), kTileThreads, 0, job, space_.indices, space_.scores);
    const int64_t bytes = count * search_.k * 4;
    context_->download(search_.indices + first * search_.k, space_.indices, bytes);
    context_->download(search_.scores + first * search_.k, space_.scores, bytes);
  }

 private:
  void prepare_queries(int64_t first, int64_t count, SearchJob& job) {
    const int64_t dims = index_.dims;
    const float* source = space_.raw;
    if (search_.queries)
      context_->upload(space_.raw, dims * 4, search_.queries + first * search_.query_stride, search_.query_stride * 4,
                       dims * 4, count);
    else
      source = search_.query_matrix->row(search_.query_first + first);
    refuse_not_finite(context_, source, count, dims, space_.bad, "queries", first);
    prepare(context_, source, count, dims, index_.kind.metric == KINDRED_CUDA_COSINE, space_.floats, index_.width);
    if (index_.kind.dtype == KINDRED_CUDA_F32) {
      job.queries = {reinterpret_cast<const uint32_t*>(space_.floats), count, index_.width};
      job.rows = {index_.floats.as<uint32_t>(), index_.rows, index_.width};
      return;
    }
    const bool i8 = index_.kind.dtype == KINDRED_CUDA_I8;
    encode(context_, index_.kind, space_.floats, count, dims,
           {space_.words, i8 ? space_.scales : nullptr, nullptr, space_.bounds, nullptr}, 0);
    launch_rows(context_, "norms", norms_of_rows, count, space_.floats, count, dims, index_.width, space_.norms);
    const int64_t words = words_of(index_.kind.dtype, dims);
    job.queries = {space_.words, count, words};
    job.rows = {index_.words.as<uint32_t>(), index_.rows, words};
    job.query_floats = space_.floats;
    job.query_scales = i8 ? space_.scales : nullptr;
    job.query_norms = space_.norms;
    job.query_bounds = space_.bounds;
  }

  void prepare_filter(int64_t first, int64_t count, SearchJob& job) {
    if (search_.exclude_indptr) {
      const int32_t* const indptr = search_.exclude_indptr + first;
      std::vector<int32_t> pointers(count + 1);
      for (int64_t q = 0; q <= count; ++q) pointers[q] = indptr[q] - indptr[0];
      context_->upload(space_.exclude_indptr, pointers.data(), (count + 1) * 4);
      context_->upload(space_.exclude_indices, search_.exclude_indices + indptr[0], int64_t{pointers[count]} * 4);
      job.filter.exclude_indptr = space_.exclude_indptr;
      job.filter.exclude_indices = space_.exclude_indices;
    }
    if (search_.allow) {
      const int64_t bytes = ceil_div(index_.rows, 8);
      job.filter.allow = space_.allow;
      job.filter.allow_stride = search_.allow_shared ? 0 : bytes;
      if (!search_.allow_shared)
        context_->upload(space_.allow, search_.allow + first * bytes, count * bytes);
      else if (first == 0)
        context_->upload(space_.allow, search_.allow, bytes);
    }
  }

  const KindredCudaIndex& index_;
  const KindredCudaSearch& search_;
  const Plan& plan_;
  const Space& space_;
  KindredCudaContext* const context_;
};

}  // namespace

int64_t search_bytes(int64_t rows, int64_t dims, const KindredCudaKind* kind, const KindredCudaSearch* search) {
  if (!legal(rows, dims, *kind) || !legal(*search)) return -1;
  const Plan plan(rows, *search, kAssumedBlocks);
  return Space().carve(Arena(), rows, dims, *kind, *search, plan, most_excluded(*search, plan.batch));
}

int32_t index_search(const KindredCudaIndex* index, const KindredCudaSearch* search, KindredCudaCancel cancel,
                     KindredCudaError* error) {
  return guarded(error, [&] {
    check_search(*index, *search);
    if (search->count == 0 || search->k == 0) return;
    const Use use(index->context);
    const Plan plan(index->rows, *search, 2 * index->context->multiprocessors);
    Space space;
    const int64_t excluded = most_excluded(*search, plan.batch);
    const auto carve = [&](Arena arena) {
      return space.carve(arena, index->rows, index->dims, index->kind, *search, plan, excluded);
    };
    carve(Arena(index->context->working_space(carve(Arena()), "search of " + shape(search->count, index->dims) +
                                                                  " queries, k " + std::to_string(search->k) + ", in " +
                                                                  shape(index->rows, index->dims))));
    Batch batch(*index, *search, plan, space);
    for (int64_t q = 0; q < search->count; q += plan.batch) {
      throw_if_cancelled(cancel);
      batch.run(q, std::min(plan.batch, search->count - q));
    }
  });
}

}  // namespace kindred::cuda
