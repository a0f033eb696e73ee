#include "kindred/rank/diverse_lists.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "cpu/rank/open_list.h"
#include "cpu/rank/unit_vectors.h"
#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

constexpr double kLeastVolume = 1e-5;
constexpr double kNothing = -std::numeric_limits<double>::infinity();

void check(const ListCandidates& candidates, double weight) {
  if (!(weight >= 0 && weight <= 1))
    fail_value("weight: expected a number from 0 to 1 but received " + std::to_string(weight) + ".");
  for (int64_t i = 0; i < candidates.count; ++i)
    if (!std::isfinite(candidates.relevance[i]))
      fail_value("relevance: expected finite numbers but candidate " + std::to_string(i) + " has another.");
}

// The open candidate of the largest gain, the first of several; -1 where none is above kNothing.
template <class Gain>
int64_t best_of(const OpenList& list, int64_t count, Gain gain) {
  int64_t best = -1;
  double most = kNothing;
  for (int64_t i = 0; i < count; ++i) {
    if (!list.is_open(i)) continue;
    const double own = gain(i);
    if (own > most) {
      best = i;
      most = own;
    }
  }
  return best;
}

}  // namespace

DiverseList maximal_marginal_relevance(const ListCandidates& candidates, const ListRules& rules, int64_t length,
                                       double weight, const AbortFlag* abort) {
  check(candidates, weight);
  const int64_t count = candidates.count;
  OpenList list(count, rules, length);
  const UnitVectors vectors(candidates, abort);
  std::vector<double> largest(count, 0.0);
  DiverseList out;
  while (list.is_open()) {
    const int64_t next =
        best_of(list, count, [&](int64_t i) { return weight * candidates.relevance[i] - (1 - weight) * largest[i]; });
    if (next < 0) break;
    const bool is_first = out.chosen.empty();
    out.chosen.push_back(static_cast<int32_t>(next));
    out.values.push_back(largest[next]);
    list.take(next);
    if (!list.is_open()) break;
    parallel_for(count, kCandidatesPerChunk, abort, [&](int64_t begin, int64_t end) {
      double cosines[kCandidatesPerChunk];
      vectors.cosines(next, begin, end, cosines);
      for (int64_t i = begin; i < end; ++i)
        largest[i] = is_first ? cosines[i - begin] : std::max(largest[i], cosines[i - begin]);
    });
  }
  return out;
}

DiverseList determinantal_list(const ListCandidates& candidates, const ListRules& rules, int64_t length, double weight,
                               const AbortFlag* abort) {
  check(candidates, weight);
  const int64_t count = candidates.count;
  OpenList list(count, rules, length);
  const UnitVectors vectors(candidates, abort);
  std::vector<double> volumes(count, 1.0);   // d^2
  std::vector<std::vector<double>> factors;  // [chosen][count] rows of the factor, by what was chosen
  DiverseList out;
  while (list.is_open()) {
    int64_t next = best_of(list, count, [&](int64_t i) {
      if (volumes[i] < kLeastVolume) return kNothing;
      const double spread = weight == 1 ? 0 : (1 - weight) * std::log(volumes[i]);
      return weight * candidates.relevance[i] + spread;
    });
    if (next < 0) next = best_of(list, count, [&](int64_t i) { return candidates.relevance[i]; });
    if (next < 0) break;
    const double volume = volumes[next];
    out.chosen.push_back(static_cast<int32_t>(next));
    out.values.push_back(std::max(0.0, volume));
    list.take(next);
    if (!list.is_open()) break;
    if (volume < kLeastVolume) continue;  // within the span of the others
    std::vector<double> e(count);
    const double scale = 1 / std::sqrt(volume);
    parallel_for(count, kCandidatesPerChunk, abort, [&](int64_t begin, int64_t end) {
      vectors.cosines(next, begin, end, e.data() + begin);
      for (const std::vector<double>& c : factors)
        kernels().axpy_f64(-c[next], c.data() + begin, e.data() + begin, end - begin);
      for (int64_t i = begin; i < end; ++i) {
        e[i] *= scale;
        volumes[i] -= e[i] * e[i];
      }
    });
    factors.push_back(std::move(e));
  }
  return out;
}

}  // namespace kindred
