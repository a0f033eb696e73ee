#include "kindred/select/mutual_information.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "cpu/runtime/random.h"
#include "cpu/select/plane_tree.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr double kNoise = 1e-10;
constexpr double kEulerMascheroni = 0.57721566490153286061;
constexpr double kTwoPi = 6.28318530717958647693;

// [n + 1] the digamma function at 1, ..., n.
std::vector<double> digammas(int64_t n) {
  std::vector<double> psi(n + 1, -kEulerMascheroni);
  double harmonic = 0;
  for (int64_t i = 2; i <= n; ++i) psi[i] = (harmonic += 1.0 / static_cast<double>(i - 1)) - kEulerMascheroni;
  return psi;
}

// In (0, 1].
double uniform(RandomStream& random) { return static_cast<double>((random.bits() >> 11) + 1) * 0x1p-53; }

// Divides by the standard deviation and tells equal numbers apart.
void prepare_continuous(std::vector<double>& values, uint64_t seed) {
  const auto n = static_cast<double>(values.size());
  double mean = 0, variance = 0, size = 0;
  for (const double v : values) mean += v / n;
  for (const double v : values) variance += (v - mean) * (v - mean) / n;
  const double deviation = std::sqrt(variance);
  if (deviation > 1e-14 * std::fabs(mean))
    for (double& v : values) v /= deviation;
  for (const double v : values) size += std::fabs(v) / n;
  const double noise = kNoise * std::max(1.0, size);
  RandomStream random(seed);
  for (double& v : values) {  // normal, after Box and Muller
    const double length = std::sqrt(-2 * std::log(uniform(random)));
    v += noise * length * std::cos(kTwoPi * uniform(random));
  }
}

// The classes of numbers, from 0 on in the order of the numbers.
std::vector<int32_t> classes_of(const std::vector<double>& values, int64_t* count, Poll& poll) {
  std::vector<double> distinct = values;
  std::sort(distinct.begin(), distinct.end(), polled(poll, [](double a, double b) { return a < b; }));
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  std::vector<int32_t> out(values.size());
  for (size_t r = 0; r < values.size(); ++r)
    out[r] = static_cast<int32_t>(std::lower_bound(distinct.begin(), distinct.end(), values[r]) - distinct.begin());
  *count = static_cast<int64_t>(distinct.size());
  return out;
}

// How many of the sorted numbers are no farther away.
int64_t within(const std::vector<double>& sorted, double value, double radius) {
  const auto first = std::partition_point(sorted.begin(), sorted.end(), [&](double v) { return value - v > radius; });
  return std::partition_point(first, sorted.end(), [&](double v) { return v - value <= radius; }) - first;
}

// Sum over pairs of classes of p(a, b) log(p(a, b) / (p(a) p(b))).
double between_classes(const std::vector<int32_t>& a, int64_t as, const std::vector<int32_t>& b, int64_t bs,
                       Poll& poll) {
  const auto n = static_cast<double>(a.size());
  std::vector<std::pair<int32_t, int32_t>> pairs(a.size());
  std::vector<double> of_a(as, 0.0), of_b(bs, 0.0);
  for (size_t r = 0; r < a.size(); ++r) {
    pairs[r] = {a[r], b[r]};
    of_a[a[r]] += 1;
    of_b[b[r]] += 1;
  }
  std::sort(pairs.begin(), pairs.end(), polled(poll, [](const auto& p, const auto& q) { return p < q; }));
  double total = 0;
  for (size_t begin = 0, end; begin < pairs.size(); begin = end) {
    for (end = begin + 1; end < pairs.size() && pairs[end] == pairs[begin];) ++end;
    const auto count = static_cast<double>(end - begin);
    total += count / n * std::log(n * count / (of_a[pairs[begin].first] * of_b[pairs[begin].second]));
  }
  return total;
}

// The distance of the k-th nearest other of sorted[i].
double kth_distance(const std::vector<double>& sorted, size_t i, int64_t k) {
  size_t left = i, right = i;
  double distance = 0;
  for (int64_t taken = 0; taken < k; ++taken) {
    const double below = left > 0 ? sorted[i] - sorted[left - 1] : HUGE_VAL;
    const double above = right + 1 < sorted.size() ? sorted[right + 1] - sorted[i] : HUGE_VAL;
    distance = std::min(below, above);
    below <= above ? --left : ++right;
  }
  return distance;
}

// Numbers and classes, after Ross.
double of_numbers_and_classes(const std::vector<double>& numbers, const std::vector<int32_t>& classes, int64_t count,
                              int64_t neighbors, const std::vector<double>& psi, Poll& poll) {
  std::vector<std::vector<double>> by_class(count);
  for (size_t r = 0; r < numbers.size(); ++r) by_class[classes[r]].push_back(numbers[r]);
  std::vector<double> all;
  for (auto& own : by_class) {
    if (own.size() < 2) own.clear();
    all.insert(all.end(), own.begin(), own.end());
    std::sort(own.begin(), own.end(), polled(poll, [](double a, double b) { return a < b; }));
  }
  if (all.empty()) return 0;
  std::sort(all.begin(), all.end(), polled(poll, [](double a, double b) { return a < b; }));
  double total = 0;
  for (const auto& own : by_class) {
    const int64_t k = std::min(neighbors, static_cast<int64_t>(own.size()) - 1);
    for (size_t i = 0; i < own.size(); ++i) {
      poll(32 + k);
      const double radius = std::nextafter(kth_distance(own, i, k), 0.0);
      total += psi[k] - psi[own.size()] - psi[within(all, own[i], radius)];
    }
  }
  return psi[all.size()] + total / static_cast<double>(all.size());
}

// Two lists of numbers, after Kraskov, Stoegbauer and Grassberger.
double of_numbers(const std::vector<double>& x, const std::vector<double>& y, const std::vector<double>& sorted_y,
                  int64_t neighbors, const std::vector<double>& psi, const AbortFlag* abort) {
  Poll poll(abort);
  const auto n = static_cast<int64_t>(x.size());
  std::vector<double> sorted_x = x, nearest;
  std::sort(sorted_x.begin(), sorted_x.end(), polled(poll, [](double a, double b) { return a < b; }));
  const PlaneTree tree(x.data(), y.data(), n, abort);
  double total = 0;
  for (int64_t i = 0; i < n; ++i) {
    poll(256);
    const double radius = std::nextafter(tree.kth_distance(x[i], y[i], neighbors, nearest), 0.0);
    total += psi[within(sorted_x, x[i], radius)] + psi[within(sorted_y, y[i], radius)];
  }
  return psi[n] + psi[neighbors] - total / static_cast<double>(n);
}

void check_finite(const std::vector<double>& values, const std::string& what) {
  for (size_t r = 0; r < values.size(); ++r)
    if (!std::isfinite(values[r]))
      fail_value(what + ": expected finite numbers but row " + std::to_string(r) + " holds " +
                 std::to_string(values[r]) + ".");
}

// The target, as its kind wants it.
struct Target {
  std::vector<double> numbers, sorted;  // of a continuous one
  std::vector<int32_t> classes;         // of a discrete one
  int64_t count = 0;
};

}  // namespace

std::vector<double> mutual_information(ConstMatrix x, const double* target, const uint8_t* discrete, int64_t begin,
                                       int64_t end, const MutualInformationOptions& o, const AbortFlag* abort) {
  if (begin < 0 || end < begin || end > x.cols) fail_shape("mutual_information: expected a range of the columns.");
  if (o.neighbors < 1 || o.neighbors >= x.rows)
    fail_value("neighbors: expected at least 1 and fewer than the " + std::to_string(x.rows) + " rows but received " +
               std::to_string(o.neighbors) + ".");
  Poll poll(abort);
  const std::vector<double> psi = digammas(x.rows);
  Target y;
  y.numbers.assign(target, target + x.rows);
  check_finite(y.numbers, "target");
  if (o.discrete_target) {
    y.classes = classes_of(y.numbers, &y.count, poll);
  } else {
    prepare_continuous(y.numbers, mix_seeds(o.seed, 0));
    y.sorted = y.numbers;
    std::sort(y.sorted.begin(), y.sorted.end(), polled(poll, [](double a, double b) { return a < b; }));
  }
  std::vector<double> out(end - begin);
  parallel_for(end - begin, 1, abort, [&](int64_t place, int64_t) {
    const int64_t column = begin + place;
    Poll own_poll(abort);
    std::vector<double> values(x.rows);
    for (int64_t r = 0; r < x.rows; ++r) values[r] = x.row(r)[column];
    check_finite(values, "column " + std::to_string(column));
    double found;
    if (discrete[column]) {
      int64_t count = 0;
      const std::vector<int32_t> classes = classes_of(values, &count, own_poll);
      found = o.discrete_target ? between_classes(classes, count, y.classes, y.count, own_poll)
                                : of_numbers_and_classes(y.numbers, classes, count, o.neighbors, psi, own_poll);
    } else {
      prepare_continuous(values, mix_seeds(o.seed, static_cast<uint64_t>(column) + 1));
      found = o.discrete_target ? of_numbers_and_classes(values, y.classes, y.count, o.neighbors, psi, own_poll)
                                : of_numbers(values, y.numbers, y.sorted, o.neighbors, psi, abort);
    }
    out[place] = std::max(found, 0.0);
  });
  return out;
}

}  // namespace kindred
