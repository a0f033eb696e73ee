// The places of a fit's columns: which of them to take in, and the moving of a column to its new place.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

namespace kindred {

// A column that wants to be taken in.
struct Wanting {
  int64_t place;
  double gradient;  // its size; for weights of at least 0 what is below 0 counts as 0
};

// The places at or beyond `known` whose gradient is over `trigger`; if there are any, then as many as `least` and
// `known` in all, the largest, among them others over `fill`. Ascending.
inline std::vector<int64_t> wanting_places(const double* gradients, int64_t known, int64_t cols, bool positive,
                                           double trigger, double fill, int64_t least) {
  std::vector<Wanting> wanting;
  bool any = false;
  for (int64_t p = known; p < cols; ++p) {
    const double size = positive ? std::max(gradients[p], 0.0) : std::fabs(gradients[p]);
    any |= size > trigger;
    if (size > fill || size > trigger) wanting.push_back({p, size});
  }
  if (!any) return {};
  const size_t limit = static_cast<size_t>(std::max(least, known));
  if (wanting.size() > limit) {
    std::nth_element(wanting.begin(), wanting.begin() + (limit - 1), wanting.end(),
                     [](const Wanting& a, const Wanting& b) {
                       return a.gradient > b.gradient || (a.gradient == b.gradient && a.place < b.place);
                     });
    wanting.resize(limit);
  }
  std::vector<int64_t> places(wanting.size());
  for (size_t n = 0; n < places.size(); ++n) places[n] = wanting[n].place;
  std::sort(places.begin(), places.end());
  return places;
}

// Calls swap(a, b) so that `places`, ascending and at or beyond `known`, end at known, known + 1, ...
template <class Swap>
void take_in(const std::vector<int64_t>& places, int64_t known, Swap swap) {
  for (size_t n = 0; n < places.size(); ++n)
    if (const int64_t to = known + static_cast<int64_t>(n); places[n] != to) swap(to, places[n]);
}

}  // namespace kindred
