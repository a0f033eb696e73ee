// The items of an elastic net that may have a weight, and coordinate descent over them.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "cpu/runtime/kernel_table.h"
#include "kindred/item_item/slim.h"
#include "kindred/runtime/poll.h"

namespace kindred {

class ActiveSet {
 public:
  explicit ActiveSet(const SlimGram& gram) : gram_(gram), places_(gram.items, -1) {}

  int64_t size() const { return static_cast<int64_t>(items_.size()); }
  // Whether sweeps leave the gradients of the log's items alone.
  bool in_block() const { return size() <= kMostInBlock; }
  bool has(int64_t item) const { return places_[item] >= 0; }
  int32_t item(int64_t place) const { return items_[place]; }
  double weight(int64_t place) const { return weights_[place]; }

  double largest() const {
    double largest = 0;
    for (const double weight : weights_) largest = std::max(largest, weight);
    return largest;
  }

  void clear() {
    for (const int32_t item : items_) places_[item] = -1;
    items_.clear();
    weights_.clear();
    known_ = 0;
  }

  void add(int32_t item) {
    places_[item] = static_cast<int32_t>(items_.size());
    items_.push_back(item);
    weights_.push_back(0);
  }

  // Takes the gradients X'(X_j - X w) [items] as they are now. Beyond kMostInBlock items they are the ones that sweeps
  // change.
  void begin_sweeps(double* gradients, Poll& poll) {
    all_gradients_ = gradients;
    if (!in_block()) return;
    fill_block(poll);
    gradients_.resize(size());
    for (int64_t a = 0; a < size(); ++a) gradients_[a] = gradients[items_[a]];
  }

  // One step along each coordinate. Returns the longest one.
  double sweep(double l1, double l2, const AbortFlag* abort) {
    double longest = 0;
    Poll poll(abort);
    for (int64_t a = 0; a < size(); ++a) {
      const double squares = gram_.diagonal[items_[a]], before = weights_[a];
      const double gradient = in_block() ? gradients_[a] : all_gradients_[items_[a]];
      const double weight = std::max((gradient + squares * before - l1) / (squares + l2), 0.0);
      if (weight == before) continue;
      weights_[a] = weight;
      longest = std::max(longest, std::fabs(weight - before));
      poll(in_block() ? size() : static_cast<int64_t>(gram_.begins[items_[a] + 1] - gram_.begins[items_[a]]));
      take_step(a, weight - before);
    }
    return longest;
  }

 private:
  // Items whose part of the Gram matrix is laid out densely: 16 MB.
  static constexpr int64_t kMostInBlock = 2048;

  void take_step(int64_t place, double step) {
    if (in_block()) {
      kernels().axpy_widened(-step, block_.data() + place * stride_, gradients_.data(), size());
      return;
    }
    const int32_t item = items_[place];
    all_gradients_[item] -= step * static_cast<double>(gram_.diagonal[item]);
    const int64_t end = static_cast<int64_t>(gram_.begins[item + 1]);
    for (int64_t n = static_cast<int64_t>(gram_.begins[item]); n < end; ++n)
      all_gradients_[gram_.indices[n]] -= step * static_cast<double>(gram_.values[n]);
  }

  // The Gram matrix among the items, of which the first `known_` are there already.
  void fill_block(Poll& poll) {
    if (size() > stride_) {
      stride_ = std::min(std::max(size(), 2 * stride_), kMostInBlock);
      block_.assign(stride_ * stride_, 0.0f);
      known_ = 0;
    }
    for (int64_t a = known_; a < size(); ++a) {
      float* const row = block_.data() + a * stride_;
      std::fill_n(row, size(), 0.0f);
      for (int64_t b = 0; b < known_; ++b) block_[b * stride_ + a] = 0;
    }
    for (int64_t a = known_; a < size(); ++a) {
      const int32_t item = items_[a];
      block_[a * stride_ + a] = gram_.diagonal[item];
      const int64_t end = static_cast<int64_t>(gram_.begins[item + 1]);
      poll(end - static_cast<int64_t>(gram_.begins[item]));
      for (int64_t n = static_cast<int64_t>(gram_.begins[item]); n < end; ++n) {
        const int32_t b = places_[gram_.indices[n]];
        if (b >= 0) block_[a * stride_ + b] = block_[b * stride_ + a] = gram_.values[n];
      }
    }
    known_ = size();
  }

  const SlimGram gram_;
  std::vector<int32_t> places_;  // [items of the log] -1 outside
  std::vector<int32_t> items_;
  std::vector<double> weights_;
  std::vector<double> gradients_;  // of the items in the block
  std::vector<float> block_;       // [stride_, stride_]
  int64_t stride_ = 0, known_ = 0;
  double* all_gradients_ = nullptr;  // [items of the log]
};

}  // namespace kindred
