#include "kindred/item_item/slim.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "cpu/runtime/kernel_table.h"
#include "cpu/sparse/csr_of_lists.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

constexpr int64_t kMaxCols = 64;  // columns of a register tile at most

// The elastic nets of a strip of items side by side, one a lane.
class Strip {
 public:
  Strip(const float* packed, int64_t items, int64_t first, const SlimOptions& options)
      : packed_(packed),
        items_(items),
        first_(first),
        lanes_(kernels().gemm_tile_shape.cols),
        rows_(kernels().gemm_tile_shape.rows),
        options_(options),
        weights_(items * lanes_, 0.0f),
        products_(rows_ * lanes_),
        moved_(lanes_),
        largest_(lanes_) {}

  // How many lanes have not converged.
  int64_t solve(int64_t count, const AbortFlag* abort) {
    int64_t moving = count;
    for (int sweep = 0; sweep < options_.iterations && moving > 0; ++sweep) {
      if (aborted(abort)) fail_aborted();
      std::fill(moved_.begin(), moved_.end(), 0.0f);
      std::fill(largest_.begin(), largest_.end(), 0.0f);
      for (int64_t i = 0; i < items_; i += rows_) descend(i);
      moving = 0;
      for (int64_t lane = 0; lane < count; ++lane) moving += moved_[lane] > options_.tolerance * largest_[lane];
    }
    return moving;
  }

  std::vector<Scored> list(int64_t lane) const {
    BestList best(std::min(options_.neighbors, items_));
    for (int64_t i = 0; i < items_; ++i)
      if (const float weight = weights_[i * lanes_ + lane]; weight > 0) best.push({weight, static_cast<int32_t>(i)});
    return by_item(best);
  }

 private:
  // One step along each of the coordinates i0 .. i0 + rows, in turn.
  void descend(int64_t i0) {
    const float* strip = packed_ + i0 * items_;
    std::fill(products_.begin(), products_.end(), 0.0f);
    kernels().gemm_tile(strip, weights_.data(), items_, {products_.data(), lanes_});
    const int64_t height = std::min(rows_, items_ - i0);
    const float l1 = static_cast<float>(options_.l1), l2 = static_cast<float>(options_.l2);
    float steps[kMaxCols];
    for (int64_t r = 0; r < height; ++r) {
      const int64_t i = i0 + r;
      const float size = strip[i * rows_ + r], inverse = size + l2 > 0 ? 1 / (size + l2) : 0.0f;
      float* const weights = weights_.data() + i * lanes_;
      for (int64_t lane = 0; lane < lanes_; ++lane) {
        const int64_t item = std::min(first_ + lane, items_ - 1);
        const float slope = strip[item * rows_ + r] - products_[r * lanes_ + lane] + size * weights[lane] - l1;
        const float weight = item == i ? 0.0f : std::max(slope * inverse, 0.0f);
        steps[lane] = weight - weights[lane];
        weights[lane] = weight;
        moved_[lane] = std::max(moved_[lane], std::fabs(steps[lane]));
        largest_[lane] = std::max(largest_[lane], weight);
      }
      for (int64_t s = r + 1; s < height; ++s) {
        const float shared = strip[i * rows_ + s];
        for (int64_t lane = 0; lane < lanes_; ++lane) products_[s * lanes_ + lane] += shared * steps[lane];
      }
    }
  }

  const float* const packed_;  // [strip][items][rows]: the Gram matrix as gemm_tile takes it
  const int64_t items_, first_, lanes_, rows_;
  const SlimOptions options_;
  std::vector<float> weights_;   // [items, lanes]
  std::vector<float> products_;  // [rows, lanes]: rows of the Gram matrix times the weights
  std::vector<float> moved_;     // [lanes] the largest step of a sweep
  std::vector<float> largest_;   // [lanes]
};

}  // namespace

int64_t slim_gram_size(int64_t items) {
  const int64_t rows = kernels().gemm_tile_shape.rows;
  if (items > (int64_t{1} << 31)) throw Error("ERR_TOO_LARGE", "slim: too many items.");
  return (items + rows - 1) / rows * rows * items;
}

void slim_gram(const CsrView& by_user, const CsrView& by_item, float* packed, const AbortFlag* abort) {
  const int64_t items = by_item.rows, rows = kernels().gemm_tile_shape.rows;
  if (by_user.cols != items || by_user.rows != by_item.cols)
    fail_shape("slim_gram: expected the log by user and by item.");
  parallel_for(items, rows, abort, [&](int64_t begin, int64_t end) {
    float* const strip = packed + begin * items;
    std::fill_n(strip, rows * items, 0.0f);
    std::vector<double> sums(items);
    for (int64_t i = begin; i < end; ++i) {
      std::fill(sums.begin(), sums.end(), 0.0);
      for (int32_t n = by_item.indptr[i]; n < by_item.indptr[i + 1]; ++n) {
        const int32_t user = by_item.indices[n];
        const double weight = by_item.values ? by_item.values[n] : 1;
        for (int32_t m = by_user.indptr[user]; m < by_user.indptr[user + 1]; ++m)
          sums[by_user.indices[m]] += by_user.values ? weight * by_user.values[m] : weight;
      }
      for (int64_t j = 0; j < items; ++j) strip[j * rows + i - begin] = static_cast<float>(sums[j]);
    }
  });
}

SlimWeights slim_weights(const float* packed, int64_t items, int64_t begin, int64_t end, const SlimOptions& options,
                         const AbortFlag* abort) {
  if (begin < 0 || end < begin || end > items) fail_shape("slim_weights: expected a range of the items.");
  if (!(options.l1 >= 0) || !(options.l2 >= 0)) fail_value("slim: expected penalties of at least 0.");
  if (options.neighbors < 1) fail_value("neighbors: expected at least 1.");
  const int64_t lanes = kernels().gemm_tile_shape.cols;
  std::vector<std::vector<Scored>> lists(end - begin);
  std::atomic<int64_t> not_converged{0};
  parallel_for(end - begin, lanes, abort, [&](int64_t first, int64_t last) {
    Strip strip(packed, items, begin + first, options);
    not_converged += strip.solve(last - first, abort);
    for (int64_t j = first; j < last; ++j) lists[j] = strip.list(j - first);
  });
  return {csr_of_lists(lists, items), not_converged};
}

}  // namespace kindred
