// The biases of attention by distance, laid out for the kernels, and the gradient of their table.
#pragma once

#include <vector>

#include "kindred/nn/sequences/attention.h"

namespace kindred::nn {

// For each head the bias of every distance from -(longest - 1) to longest - 1, and room for the vectors that kernels
// read beyond.
class DistanceBiases {
 public:
  DistanceBiases(const RelativeBiases& biases, int64_t heads, int64_t longest);

  // Where distance 0 is; null if there are no biases.
  const float* of_head(int64_t head) const {
    return span_ > 0 ? values_.data() + head * span_ + longest_ - 1 : nullptr;
  }
  int64_t span() const { return span_; }  // floats of a head
  int64_t buckets() const { return buckets_; }
  int32_t bucket(int64_t distance) const { return bucket_[distance + longest_ - 1]; }
  // Zeros in `span` floats; where distance 0 is.
  float* clear(float* memory) const;

 private:
  int64_t longest_, buckets_ = 0, span_ = 0;
  std::vector<int32_t> bucket_;
  std::vector<float> values_;
};

// Sums of each task by bucket, added in the order of the tasks: the same for any number of threads.
class DistanceBiasGradient {
 public:
  DistanceBiasGradient(const DistanceBiases& biases, int64_t tasks)
      : biases_(biases), sums_(tasks * biases.buckets(), 0.0) {}

  // What the distances -(n - 1) .. n - 1 of one task get; by_distance: where distance 0 is.
  void add(int64_t task, const float* by_distance, int64_t n);
  // dtable [buckets, heads]; task number t is of head t % heads
  void sum(Matrix dtable) const;

 private:
  const DistanceBiases& biases_;
  std::vector<double> sums_;  // [tasks, buckets]
};

}  // namespace kindred::nn
