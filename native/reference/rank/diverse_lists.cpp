#include "reference/rank/diverse_lists.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace kindred::reference {
namespace {

constexpr double kLeastVolume = 1e-5;

double dot(const ListCandidates& c, int64_t i, int64_t j) {
  if (c.rows[i] < 0 || c.rows[j] < 0) return 0;
  double sum = 0;
  for (int64_t d = 0; d < c.vectors.cols; ++d)
    sum += static_cast<double>(c.vectors.row(c.rows[i])[d]) * c.vectors.row(c.rows[j])[d];
  return sum;
}

double cosine(const ListCandidates& c, int64_t i, int64_t j) {
  if (i == j) return 1;
  const double squares = dot(c, i, i) * dot(c, j, j);
  return squares == 0 ? 0 : dot(c, i, j) / std::sqrt(squares);
}

bool is_chosen(const std::vector<int32_t>& chosen, int64_t i) {
  return std::find(chosen.begin(), chosen.end(), i) != chosen.end();
}

// d^2 of a candidate: the last pivot, squared.
double volume(const ListCandidates& c, std::vector<int32_t> chosen, int64_t i) {
  chosen.push_back(static_cast<int32_t>(i));
  const size_t n = chosen.size();
  std::vector<std::vector<double>> factor(n, std::vector<double>(n, 0.0));
  double pivot = 0;
  for (size_t r = 0; r < n; ++r)
    for (size_t s = 0; s <= r; ++s) {
      double value = cosine(c, chosen[r], chosen[s]);
      for (size_t t = 0; t < s; ++t) value -= factor[r][t] * factor[s][t];
      if (r == s) pivot = value;
      factor[r][s] = r == s ? std::sqrt(std::max(value, 0.0)) : value / factor[s][s];
    }
  return pivot;
}

template <class Gain>
int64_t best_of(const ListCandidates& c, const ListRules& rules, const std::vector<int32_t>& chosen, int64_t length,
                Gain gain) {
  int64_t best = -1;
  double most = -std::numeric_limits<double>::infinity();
  for (int64_t i = 0; i < c.count; ++i) {
    std::vector<int32_t> with = chosen;
    with.push_back(static_cast<int32_t>(i));
    if (is_chosen(chosen, i) || !keeps_rules(c, rules, with, length)) continue;
    const double own = gain(i);
    if (own > most) {
      best = i;
      most = own;
    }
  }
  return best;
}

}  // namespace

bool keeps_rules(const ListCandidates& c, const ListRules& rules, const std::vector<int32_t>& chosen, int64_t length) {
  int64_t to_come = 0;
  for (int64_t i = 0; i < c.count; ++i) to_come += rules.must && rules.must[i] && !is_chosen(chosen, i);
  if (static_cast<int64_t>(chosen.size()) + to_come > length) return false;
  for (int64_t g = 0; g < rules.group_count; ++g) {
    int32_t listed = 0;
    for (const int32_t i : chosen)
      if (!(rules.must && rules.must[i]))
        listed += static_cast<int32_t>(
            std::count(rules.groups + rules.offsets[i], rules.groups + rules.offsets[i + 1], static_cast<int32_t>(g)));
    if (listed > rules.limits[g]) return false;
  }
  return true;
}

DiverseList maximal_marginal_relevance(const ListCandidates& c, const ListRules& rules, int64_t length, double weight) {
  DiverseList out;
  length = std::min(length, c.count);
  const auto largest = [&](int64_t i) {
    double most = out.chosen.empty() ? 0 : -std::numeric_limits<double>::infinity();
    for (const int32_t j : out.chosen) most = std::max(most, cosine(c, i, j));
    return most;
  };
  while (static_cast<int64_t>(out.chosen.size()) < length) {
    const int64_t next = best_of(c, rules, out.chosen, length,
                                 [&](int64_t i) { return weight * c.relevance[i] - (1 - weight) * largest(i); });
    if (next < 0) break;
    out.values.push_back(largest(next));
    out.chosen.push_back(static_cast<int32_t>(next));
  }
  return out;
}

DiverseList determinantal_list(const ListCandidates& c, const ListRules& rules, int64_t length, double weight) {
  DiverseList out;
  length = std::min(length, c.count);
  std::vector<int32_t> spanning;
  while (static_cast<int64_t>(out.chosen.size()) < length) {
    int64_t next = best_of(c, rules, out.chosen, length, [&](int64_t i) {
      const double own = volume(c, spanning, i);
      if (own < kLeastVolume) return -std::numeric_limits<double>::infinity();
      return weight * c.relevance[i] + (weight == 1 ? 0 : (1 - weight) * std::log(own));
    });
    if (next < 0) next = best_of(c, rules, out.chosen, length, [&](int64_t i) { return c.relevance[i]; });
    if (next < 0) break;
    const double own = volume(c, spanning, next);
    out.values.push_back(std::max(own, 0.0));
    out.chosen.push_back(static_cast<int32_t>(next));
    if (own >= kLeastVolume) spanning.push_back(static_cast<int32_t>(next));
  }
  return out;
}

}  // namespace kindred::reference
