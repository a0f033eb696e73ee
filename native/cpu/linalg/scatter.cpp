#include "kindred/linalg/scatter.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "cpu/linalg/fetch.h"
#include "cpu/runtime/kernel_table.h"
#include "cpu/runtime/scratch.h"
#include "kindred/linalg/normal_equations.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/large_pages.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr int64_t kSlab = 128;    // rows packed at a time: what a tile reads of them fits L1
constexpr int64_t kFetched = 4;   // lines of the next slab fetched with each tile
constexpr int64_t kChunk = 2048;  // rows whose products are summed in float
constexpr int64_t kLeastInFlight = 8;
constexpr int64_t kMostInFlightBytes = int64_t{1} << 28;
constexpr int64_t kSampled = 1024;            // rows whose mean all rows are shifted by
constexpr double kMostInDouble = 4294967296;  // rows * cols^2

// out [cols] = sum over rows in chunks of `add(row, sums of the chunk)`, the chunks' sums added up in their order.
template <class Add>
std::vector<double> column_sums(ConstMatrix x, const AbortFlag* abort, Add add) {
  constexpr int64_t kRows = 1024;
  const int64_t chunks = (x.rows + kRows - 1) / kRows;
  std::vector<double> out(x.cols, 0.0), partial(chunks * x.cols, 0.0);
  parallel_for(chunks, 1, abort, [&](int64_t chunk, int64_t) {
    const int64_t end = std::min((chunk + 1) * kRows, x.rows);
    for (int64_t r = chunk * kRows; r < end; ++r) add(x.row(r), partial.data() + chunk * x.cols);
  });
  Poll poll(abort);
  for (int64_t chunk = 0; chunk < chunks; ++chunk, poll(x.cols))
    for (int64_t c = 0; c < x.cols; ++c) out[c] += partial[chunk * x.cols + c];
  return out;
}

std::vector<double> column_means(ConstMatrix x, const AbortFlag* abort) {
  if (x.rows < 1) fail_value("expected at least one row but received none.");
  std::vector<double> mean =
      column_sums(x, abort, [&](const float* row, double* sums) { kernels().axpy_widened(1, row, sums, x.cols); });
  for (double& m : mean) m /= static_cast<double>(x.rows);
  return mean;
}

// The mean of rows spread over the matrix: near enough to that of all for nothing to cancel.
std::vector<float> sample_mean(ConstMatrix x) {
  const int64_t count = std::min(x.rows, kSampled);
  std::vector<double> sum(x.cols, 0.0);
  for (int64_t n = 0; n < count; ++n) kernels().axpy_widened(1, x.row(n * x.rows / count), sum.data(), x.cols);
  for (double& s : sum) s /= static_cast<double>(count);
  return {sum.begin(), sum.end()};
}

// products [padded, padded] (+)= packed' packed where j <= i, packed [strips][depth][gram_strip]. A strip of rows stays
// in the second cache while all columns pass by.
void add_slab(const float* packed, int64_t depth, int64_t cols, bool overwrite, Matrix products, Fetch next) {
  const Kernels& k = kernels();
  const int64_t width = k.gram_strip, height = k.gemm_tile_shape.rows, step = k.gemm_tile_shape.cols;
  for (int64_t strip = 0; strip < cols; strip += width)
    for (int64_t j = 0; j < std::min(cols, strip + width); j += step) {
      const float* const right = packed + j / width * width * depth + j % width;
      const int64_t first = std::max(strip, j / height * height);
      for (int64_t i = first; i < std::min(cols, strip + width); i += height) {
        k.gram_tile(packed + strip * depth + i - strip, right, depth,
                    {products.row(i) + j, products.stride, height * products.stride, overwrite, nullptr});
        next();
      }
    }
}

struct FloatChunks {
  int64_t in_flight;
  int64_t padded;
  LargeVector<float> products;  // [in_flight, padded, padded]
  std::vector<double> sums;     // [in_flight, cols]
};

void chunk_products(ConstMatrix rows, const float* shift, float* packed, Matrix products, double* sums,
                    const AbortFlag* abort) {
  std::fill_n(sums, rows.cols, 0.0);
  for (int64_t r = 0; r < rows.rows; r += kSlab) {
    if (aborted(abort)) fail_aborted();
    const int64_t depth = std::min(kSlab, rows.rows - r);
    kernels().centred_strips(rows.row(r), rows.stride, shift, rows.cols, depth, packed, sums);
    add_slab(packed, depth, rows.cols, r == 0, products, Fetch(rows, r + kSlab, r + 2 * kSlab, kFetched));
  }
}

Scatter scatter_in_float(ConstMatrix x, const AbortFlag* abort) {
  const int64_t cols = x.cols, chunks = (x.rows + kChunk - 1) / kChunk, width = kernels().gram_strip;
  const std::vector<float> shift = sample_mean(x);
  FloatChunks flight;
  flight.padded = (cols + width - 1) / width * width;
  const int64_t size = flight.padded * flight.padded;
  flight.in_flight = std::min(chunks, std::max<int64_t>(kLeastInFlight, 2 * thread_count()));
  flight.in_flight = std::clamp<int64_t>(kMostInFlightBytes / (4 * size), 1, flight.in_flight);
  flight.products = LargeVector<float>(flight.in_flight * size);
  flight.sums.resize(flight.in_flight * cols);
  Scratch<LargeVector<float>> packs([&] { return std::make_unique<LargeVector<float>>(flight.padded * kSlab); });

  Scatter out{std::vector<double>(cols, 0.0), std::vector<double>(cols * cols, 0.0)};
  for (int64_t first = 0; first < chunks; first += flight.in_flight) {
    const int64_t count = std::min(flight.in_flight, chunks - first);
    parallel_for(count, 1, abort, [&](int64_t n, int64_t) {
      const int64_t begin = (first + n) * kChunk, end = std::min(begin + kChunk, x.rows);
      auto packed = packs.take();
      chunk_products({x.row(begin), end - begin, cols, x.stride}, shift.data(), packed->data(),
                     {flight.products.data() + n * size, flight.padded, flight.padded}, flight.sums.data() + n * cols,
                     abort);
      packs.give_back(std::move(packed));
    });
    parallel_for(cols, 16, abort, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        for (int64_t n = 0; n < count; ++n) {
          const float* const row = flight.products.data() + n * size + i * flight.padded;
          kernels().axpy_widened(1, row, out.sums.data() + i * cols, i + 1);
          out.mean[i] += flight.sums[n * cols + i];
        }
    });
  }
  // Of rows less the shift: their scatter about their own mean.
  const double rows = static_cast<double>(x.rows);
  for (double& m : out.mean) m /= rows;
  for (int64_t i = 0; i < cols; ++i)
    for (int64_t j = 0; j <= i; ++j) out.sums[i * cols + j] -= rows * out.mean[i] * out.mean[j];
  for (int64_t i = 0; i < cols; ++i) {
    out.sums[i * cols + i] = std::max(out.sums[i * cols + i], 0.0);
    out.mean[i] += shift[i];
  }
  return out;
}

}  // namespace

ColumnMoments column_moments(ConstMatrix x, const AbortFlag* abort) {
  ColumnMoments out;
  out.mean = column_means(x, abort);
  out.squares = column_sums(x, abort, [&](const float* row, double* sums) {
    for (int64_t c = 0; c < x.cols; ++c) {
      const double deviation = row[c] - out.mean[c];
      sums[c] += deviation * deviation;
    }
  });
  return out;
}

Scatter scatter(ConstMatrix x, ScatterSums kind, const AbortFlag* abort) {
  if (x.rows < 1) fail_value("expected at least one row but received none.");
  const double work = static_cast<double>(x.rows) * static_cast<double>(x.cols) * static_cast<double>(x.cols);
  const bool in_double =
      x.cols == 0 || kind == ScatterSums::doubles || (kind == ScatterSums::automatic && work <= kMostInDouble);
  Scatter out;
  if (in_double) {
    out.mean = column_means(x, abort);
    out.sums = centred_gram(x, out.mean.data(), abort);
  } else {
    out = scatter_in_float(x, abort);
  }
  for (int64_t i = 0; i < x.cols; ++i) {
    if (!std::isfinite(out.mean[i]) || !std::isfinite(out.sums[i * x.cols + i]))
      fail_value("expected finite numbers, and no sum of their squares beyond the range of 32-bit floats, but column " +
                 std::to_string(i) + " has others.");
    for (int64_t j = 0; j < i; ++j) out.sums[j * x.cols + i] = out.sums[i * x.cols + j];
  }
  return out;
}

}  // namespace kindred
