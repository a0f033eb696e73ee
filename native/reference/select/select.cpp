#include "reference/select/select.h"

#include <algorithm>
#include <cmath>

namespace kindred::reference {
namespace {

int64_t closer(const std::vector<double>& values, size_t i, double distance) {
  int64_t count = 0;
  for (const double v : values) count += std::fabs(v - values[i]) < distance;
  return count;
}

double kth(std::vector<double> distances, int64_t k) {
  std::sort(distances.begin(), distances.end());
  return distances[k];  // the point itself is the first
}

}  // namespace

double digamma(int64_t n) {
  double sum = -0.57721566490153286061;
  for (int64_t i = 1; i < n; ++i) sum += 1.0 / static_cast<double>(i);
  return sum;
}

double mutual_information_of_numbers(const std::vector<double>& x, const std::vector<double>& y, int64_t neighbors) {
  const auto n = static_cast<int64_t>(x.size());
  double total = 0;
  for (int64_t i = 0; i < n; ++i) {
    std::vector<double> distances(n);
    for (int64_t j = 0; j < n; ++j) distances[j] = std::max(std::fabs(x[i] - x[j]), std::fabs(y[i] - y[j]));
    const double distance = kth(distances, neighbors);
    total += digamma(closer(x, i, distance)) + digamma(closer(y, i, distance));
  }
  return std::max(digamma(n) + digamma(neighbors) - total / static_cast<double>(n), 0.0);
}

double mutual_information_of_classes(const std::vector<double>& numbers, const std::vector<int32_t>& classes,
                                     int64_t neighbors) {
  const auto count = [&](int32_t c) { return static_cast<int64_t>(std::count(classes.begin(), classes.end(), c)); };
  std::vector<double> kept;
  std::vector<int32_t> of;
  for (size_t i = 0; i < numbers.size(); ++i)
    if (count(classes[i]) > 1) {
      kept.push_back(numbers[i]);
      of.push_back(classes[i]);
    }
  if (kept.empty()) return 0;
  double total = 0;
  for (size_t i = 0; i < kept.size(); ++i) {
    std::vector<double> distances;
    for (size_t j = 0; j < kept.size(); ++j)
      if (of[j] == of[i]) distances.push_back(std::fabs(kept[j] - kept[i]));
    const int64_t size = count(of[i]), k = std::min(neighbors, size - 1);
    total += digamma(k) - digamma(size) - digamma(closer(kept, i, kth(distances, k)));
  }
  return std::max(digamma(static_cast<int64_t>(kept.size())) + total / static_cast<double>(kept.size()), 0.0);
}

}  // namespace kindred::reference
