#include "kindred/linalg/rows.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>

#include "cpu/linalg/fetch.h"
#include "cpu/runtime/kernel_table.h"
#include "cpu/runtime/scratch.h"
#include "kindred/linalg/normalize.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/large_pages.h"

namespace kindred {
namespace {

constexpr int64_t kDepth = 256;  // as in gemm.cpp
constexpr int64_t kRows = 96;    // rows packed at a time, whole tiles on every instruction set
constexpr int64_t kChunk = 8 * kRows;
constexpr int64_t kMostInTile = 512;

int64_t rounded_up(int64_t n, int64_t step) { return (n + step - 1) / step * step; }

// The weights [depth, cols] in strips of a tile's width, slab after slab of the depth, with the bias of each strip.
struct PackedWeights {
  PackedWeights(ConstMatrix weights, const float* bias_of)
      : width(kernels().gemm_tile_shape.cols),
        padded(rounded_up(weights.cols, width)),
        numbers(weights.rows * padded),
        bias(padded, 0.0f) {
    std::copy_n(bias_of, weights.cols, bias.data());
    std::fill(numbers.begin(), numbers.end(), 0.0f);
    for (int64_t k = 0; k < weights.rows; ++k) {
      const int64_t begin = k / kDepth * kDepth, depth = std::min(kDepth, weights.rows - begin);
      for (int64_t c = 0; c < weights.cols; ++c)
        numbers[begin * padded + (c / width * depth + k - begin) * width + c % width] = weights.row(k)[c];
    }
  }
  // [depth][width], the strip that begins at column c
  const float* strip(int64_t begin, int64_t depth, int64_t c) const {
    return numbers.data() + begin * padded + c * depth;
  }
  int64_t width, padded;
  LargeVector<float> numbers;
  std::vector<float> bias;
};

void pack_rows(ConstMatrix x, int64_t begin, int64_t depth, float* out) {
  const int64_t height = kernels().gemm_tile_shape.rows;
  for (int64_t r = 0; r < x.rows; r += height) {
    const int64_t rows = std::min(height, x.rows - r);
    float* const strip = out + r * depth;
    if (rows < height) std::fill_n(strip, height * depth, 0.0f);
    kernels().transpose(x.row(r) + begin, x.stride, rows, depth, 1, strip, height);
  }
}

// out (+)= one slab of the product
void multiply_slab(const float* packed, const PackedWeights& weights, int64_t begin, int64_t depth, Matrix out,
                   Fetch& next) {
  const Kernels& k = kernels();
  const int64_t height = k.gemm_tile_shape.rows, width = weights.width;
  alignas(64) float edge[kMostInTile];
  for (int64_t j = 0; j < out.cols; j += width)
    for (int64_t i = 0; i < out.rows; i += height) {
      const float *left = packed + i * depth, *right = weights.strip(begin, depth, j);
      const float* const bias = begin == 0 ? weights.bias.data() + j : nullptr;
      const int64_t rows = std::min(height, out.rows - i), cols = std::min(width, out.cols - j);
      next();
      if (rows == height && cols == width) {
        k.gemm_tile(left, right, depth, {out.row(i) + j, out.stride, height * out.stride, begin == 0, bias});
        continue;
      }
      k.gemm_tile(left, right, depth, {edge, width, 0, true, bias});
      for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0; c < cols; ++c) {
          float& to = out.row(i + r)[j + c];
          to = (begin == 0 ? 0.0f : to) + edge[r * width + c];
        }
    }
}

// Rows of `out`, the first of which is row `first` of all. A row that holds NaN or an infinity has no finite image: 0
// times either is NaN.
void check_finite(ConstMatrix out, int64_t first) {
  for (int64_t r = 0; r < out.rows; ++r) {
    float zero = 0;
    for (int64_t c = 0; c < out.cols; ++c) zero += out.row(r)[c] * 0.0f;
    if (!(zero == 0))
      fail_value("expected finite numbers, and products within the range of 32-bit floats, but row " +
                 std::to_string(first + r) + " has others.");
  }
}

void check_places(const FusedRows& rows, Matrix to) {
  if (rows.column < 0 || rows.column + rows.from.cols > to.cols) fail_shape("fuse_rows: the columns do not fit.");
  for (int64_t r = 0; r < to.rows; ++r)
    if (rows.places[r] < -1 || rows.places[r] >= rows.from.rows)
      fail_shape("fuse_rows: there is no row " + std::to_string(rows.places[r]) + ".");
}

}  // namespace

void map_rows(ConstMatrix x, ConstMatrix weights, const float* bias, Matrix out, const AbortFlag* abort) {
  if (x.cols != weights.rows || out.rows != x.rows || out.cols != weights.cols)
    fail_shape("map_rows: [" + std::to_string(x.rows) + ", " + std::to_string(x.cols) + "] times [" +
               std::to_string(weights.rows) + ", " + std::to_string(weights.cols) + "] does not give [" +
               std::to_string(out.rows) + ", " + std::to_string(out.cols) + "].");
  if (x.cols == 0)
    for (int64_t r = 0; r < out.rows; ++r) std::copy_n(bias, out.cols, out.row(r));
  const PackedWeights packed_weights(weights, bias);
  Scratch<LargeVector<float>> packs([&] { return std::make_unique<LargeVector<float>>(kRows * kDepth); });
  const int64_t tiles = (kRows / kernels().gemm_tile_shape.rows) * (packed_weights.padded / packed_weights.width) *
                        ((x.cols + kDepth - 1) / kDepth);
  const int64_t lines = kRows * x.cols / (16 * std::max<int64_t>(tiles, 1)) + 1;  // of the next rows, with each tile
  parallel_for(x.rows, kChunk, abort, [&](int64_t chunk, int64_t end) {
    auto packed = packs.take();
    for (int64_t first = chunk; first < end; first += kRows) {
      if (aborted(abort)) fail_aborted();
      const int64_t count = std::min(kRows, end - first);
      const ConstMatrix rows(x.row(first), count, x.cols, x.stride);
      const Matrix part(out.row(first), count, out.cols, out.stride);
      Fetch next(x, first + kRows, std::min(first + 2 * kRows, end), lines);
      for (int64_t begin = 0; begin < x.cols; begin += kDepth) {
        const int64_t depth = std::min(kDepth, x.cols - begin);
        pack_rows(rows, begin, depth, packed->data());
        multiply_slab(packed->data(), packed_weights, begin, depth, part, next);
      }
      check_finite(part, first);
    }
    packs.give_back(std::move(packed));
  });
}

int64_t fuse_rows(const FusedRows& rows, Matrix to, const AbortFlag* abort) {
  check_places(rows, to);
  std::atomic<int64_t> zeros{0};
  parallel_for(to.rows, 256, abort, [&](int64_t begin, int64_t end) {
    std::vector<float> own(rows.from.cols);
    for (int64_t r = begin; r < end; ++r) {
      const int32_t place = rows.places[r];
      if (place >= 0)
        std::copy_n(rows.from.row(place), own.size(), own.data());
      else if (rows.absent)
        std::copy_n(rows.absent, own.size(), own.data());
      else
        std::fill(own.begin(), own.end(), 0.0f);
      if (place >= 0) {
        const auto is_zero = [](float value) { return value == 0; };
        const bool has_length =
            rows.normalize ? normalize_row(own.data(), rows.from.cols) : !std::all_of(own.begin(), own.end(), is_zero);
        if (!has_length) zeros.fetch_add(1, std::memory_order_relaxed);
      }
      float* const out = to.row(r) + rows.column;
      if (!rows.add) std::fill_n(out, own.size(), 0.0f);
      kernels().axpy(rows.scales[r], own.data(), out, rows.from.cols);
    }
  });
  return zeros.load();
}

std::vector<float> mean_of_rows(ConstMatrix x, bool normalize, const AbortFlag* abort) {
  constexpr int64_t kChunk = 1024;
  const int64_t chunks = (x.rows + kChunk - 1) / kChunk;
  std::vector<double> partial(chunks * x.cols, 0.0), sum(x.cols, 0.0);
  parallel_for(chunks, 1, abort, [&](int64_t chunk, int64_t) {
    std::vector<float> own(x.cols);
    const int64_t end = std::min((chunk + 1) * kChunk, x.rows);
    for (int64_t r = chunk * kChunk; r < end; ++r) {
      std::copy_n(x.row(r), x.cols, own.data());
      if (normalize) normalize_row(own.data(), x.cols);
      kernels().axpy_widened(1, own.data(), partial.data() + chunk * x.cols, x.cols);
    }
  });
  for (int64_t chunk = 0; chunk < chunks; ++chunk)
    for (int64_t c = 0; c < x.cols; ++c) sum[c] += partial[chunk * x.cols + c];
  for (double& s : sum) s /= static_cast<double>(std::max<int64_t>(x.rows, 1));
  return {sum.begin(), sum.end()};
}

}  // namespace kindred
