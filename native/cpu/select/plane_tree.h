// Nearest neighbours among points of the plane, by the larger of the distances along the axes.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "kindred/runtime/poll.h"

namespace kindred {

// A k-d tree (Bentley 1975): ranges of points halved along their longer axis until few are left.
class PlaneTree {
 public:
  struct Point {
    double at[2];
  };

  PlaneTree(const double* x, const double* y, int64_t n, const AbortFlag* abort) : points_(n), splits_(1) {
    Poll poll(abort);
    for (int64_t i = 0; i < n; ++i) points_[i] = {{x[i], y[i]}};
    int64_t leaves = 1;
    while (n > leaves * kLeaf) leaves *= 2;
    splits_.resize(leaves);
    build(0, n, 1, poll);
  }

  // The distance of the k-th nearest point, one point at the place itself left out. k is below the number of points.
  double kth_distance(double x, double y, int64_t k, std::vector<double>& nearest) const {
    nearest.assign(k + 1, HUGE_VAL);  // the point itself comes first, at 0
    search({{x, y}}, 0, static_cast<int64_t>(points_.size()), 1, nearest);
    return nearest[k];
  }

 private:
  static constexpr int64_t kLeaf = 16;
  struct Split {
    int axis;
    double at;
  };

  void build(int64_t begin, int64_t end, int64_t node, Poll& poll) {
    if (node >= static_cast<int64_t>(splits_.size())) return;
    double low[2] = {HUGE_VAL, HUGE_VAL}, high[2] = {-HUGE_VAL, -HUGE_VAL};
    poll(8 * (end - begin));
    for (int64_t i = begin; i < end; ++i)
      for (int a = 0; a < 2; ++a) {
        low[a] = std::min(low[a], points_[i].at[a]);
        high[a] = std::max(high[a], points_[i].at[a]);
      }
    const int axis = high[1] - low[1] > high[0] - low[0];
    const int64_t middle = begin + (end - begin) / 2;
    std::nth_element(points_.begin() + begin, points_.begin() + middle, points_.begin() + end,
                     [axis](const Point& a, const Point& b) { return a.at[axis] < b.at[axis]; });
    splits_[node] = {axis, points_[middle].at[axis]};
    build(begin, middle, 2 * node, poll);
    build(middle, end, 2 * node + 1, poll);
  }

  void search(const Point& from, int64_t begin, int64_t end, int64_t node, std::vector<double>& nearest) const {
    if (node >= static_cast<int64_t>(splits_.size())) {
      for (int64_t i = begin; i < end; ++i) {
        const double distance =
            std::max(std::fabs(points_[i].at[0] - from.at[0]), std::fabs(points_[i].at[1] - from.at[1]));
        if (!(distance < nearest.back())) continue;
        size_t place = nearest.size() - 1;
        for (; place > 0 && nearest[place - 1] > distance; --place) nearest[place] = nearest[place - 1];
        nearest[place] = distance;
      }
      return;
    }
    const int64_t middle = begin + (end - begin) / 2;
    const double beyond = from.at[splits_[node].axis] - splits_[node].at;
    for (const bool near : {true, false}) {
      if (!near && std::fabs(beyond) >= nearest.back()) return;
      if ((beyond >= 0) == near)
        search(from, middle, end, 2 * node + 1, nearest);
      else
        search(from, begin, middle, 2 * node, nearest);
    }
  }

  std::vector<Point> points_;
  std::vector<Split> splits_;  // [leaves], those of node n at 2 n and 2 n + 1; node 1 is the root
};

}  // namespace kindred
