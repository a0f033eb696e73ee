#include "cpu/nn/sequences/distance_biases.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "kindred/runtime/error.h"

namespace kindred::nn {
namespace {

constexpr int64_t kRoom = 16;  // floats of the widest vector

}  // namespace

int32_t relative_bucket(int64_t distance, int64_t buckets, int64_t max_distance, bool bidirectional) {
  const int64_t a_way = bidirectional ? buckets / 2 : buckets, exact = a_way / 2;
  if (a_way < 2 || max_distance <= exact)
    fail_shape("biases: expected at least " + std::to_string(bidirectional ? 4 : 2) +
               " buckets and a greatest distance beyond " + std::to_string(exact) + " but received " +
               std::to_string(buckets) + " and " + std::to_string(max_distance) + ".");
  const int64_t behind = bidirectional && distance > 0 ? a_way : 0;
  const int64_t size = bidirectional ? std::abs(distance) : std::max<int64_t>(-distance, 0);
  if (size < exact) return static_cast<int32_t>(behind + size);
  // In single precision, as PyTorch computes it: where buckets begin depends on the rounding.
  const float part = std::log(static_cast<float>(size) / static_cast<float>(exact)) /
                     static_cast<float>(std::log(static_cast<double>(max_distance) / static_cast<double>(exact)));
  const auto far = static_cast<int64_t>(part * static_cast<float>(a_way - exact));
  return static_cast<int32_t>(behind + std::min(exact + far, a_way - 1));
}

DistanceBiases::DistanceBiases(const RelativeBiases& biases, int64_t heads, int64_t longest) : longest_(longest) {
  const ConstMatrix table = biases.table;
  if (!table.data) return;
  if (table.cols != heads)
    fail_shape("biases: expected a table of " + std::to_string(heads) + " columns, one a head, but received " +
               std::to_string(table.cols) + ".");
  relative_bucket(0, table.rows, biases.max_distance, biases.bidirectional);  // legal, though there is no token
  buckets_ = table.rows;
  if (longest == 0) return;
  span_ = 2 * longest - 1 + 2 * kRoom;
  for (int64_t d = 1 - longest; d < longest; ++d)
    bucket_.push_back(relative_bucket(d, buckets_, biases.max_distance, biases.bidirectional));
  values_.assign(heads * span_, 0.0f);
  for (int64_t head = 0; head < heads; ++head)
    for (size_t d = 0; d < bucket_.size(); ++d) values_[head * span_ + d] = table.row(bucket_[d])[head];
}

float* DistanceBiases::clear(float* memory) const {
  std::fill_n(memory, span_, 0.0f);
  return memory + longest_ - 1;
}

void DistanceBiasGradient::add(int64_t task, const float* by_distance, int64_t n) {
  for (int64_t d = 1 - n; d < n; ++d) sums_[task * biases_.buckets() + biases_.bucket(d)] += by_distance[d];
}

void DistanceBiasGradient::sum(Matrix dtable) const {
  const int64_t heads = dtable.cols, tasks = dtable.rows == 0 ? 0 : static_cast<int64_t>(sums_.size()) / dtable.rows;
  for (int64_t b = 0; b < dtable.rows; ++b)
    for (int64_t head = 0; head < heads; ++head) {
      double total = 0;
      for (int64_t task = head; task < tasks; task += heads) total += sums_[task * dtable.rows + b];
      dtable.row(b)[head] = static_cast<float>(total);
    }
}

}  // namespace kindred::nn
