#include "reference/trees/trees.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace kindred::reference {

std::vector<double> edges_between(const std::vector<double>& numbers) {
  std::set<double> distinct;
  for (const double number : numbers)
    if (std::isfinite(number)) distinct.insert(number);
  std::vector<double> edges;
  for (auto at = distinct.begin(); at != distinct.end() && std::next(at) != distinct.end(); ++at)
    edges.push_back((*at + *std::next(at)) / 2);
  return edges;
}

int bin_of(double number, const std::vector<double>& edges) {
  if (std::isnan(number)) return 0;
  int bin = 1;
  for (const double edge : edges) bin += edge < number;
  return bin;
}

void derivatives(trees::Objective objective, const std::vector<double>& scores, const std::vector<float>& labels,
                 std::vector<double>& first, std::vector<double>& second) {
  first.resize(scores.size());
  second.resize(scores.size());
  for (size_t r = 0; r < scores.size(); ++r) {
    const double label = static_cast<double>(labels[r]), p = 1 / (1 + std::exp(-scores[r]));
    const bool logistic = objective == trees::Objective::log_loss;
    first[r] = logistic ? p - label : scores[r] - label;
    second[r] = logistic ? p * (1 - p) : 1;
  }
}

Cut cut_of(const std::vector<int32_t>& rows, const std::vector<uint8_t>& bins, int bin, bool missing_left,
           const std::vector<double>& first, const std::vector<double>& second, double l2) {
  Cut cut;
  double sums[2] = {0, 0};
  for (const int32_t row : rows) {
    const int side = bins[row] == 0 ? !missing_left : bins[row] > bin;
    sums[side] += first[row];
    cut.weight[side] += second[row];
    ++cut.rows[side];
  }
  const double all = sums[0] + sums[1];
  if (cut.rows[0] == 0 || cut.rows[1] == 0) return cut;
  cut.gain = sums[0] * sums[0] / (cut.weight[0] + l2) + sums[1] * sums[1] / (cut.weight[1] + l2) -
             all * all / (cut.weight[0] + cut.weight[1] + l2);
  return cut;
}

double best_gain(const std::vector<int32_t>& rows, const std::vector<std::vector<uint8_t>>& columns,
                 const std::vector<double>& first, const std::vector<double>& second,
                 const trees::BoosterOptions& options) {
  double best = 0;
  for (const std::vector<uint8_t>& bins : columns) {
    int last = 0;
    for (const int32_t row : rows) last = std::max<int>(last, bins[row]);
    for (int bin = 1; bin <= last; ++bin)
      for (const bool missing_left : {false, true}) {
        const Cut cut = cut_of(rows, bins, bin, missing_left, first, second, options.l2);
        if (std::min(cut.rows[0], cut.rows[1]) < options.leaf_rows) continue;
        if (std::min(cut.weight[0], cut.weight[1]) < options.leaf_weight) continue;
        if (cut.gain > options.gain) best = std::max(best, cut.gain);
      }
  }
  return best;
}

double score_of(const trees::Ensemble& e, const std::vector<uint8_t>& bins, double base) {
  double score = base;
  for (int64_t t = 0; t < e.trees(); ++t) {
    int32_t at = e.offsets[t];
    while (e.columns[at] >= 0) {
      const uint8_t bin = bins[e.columns[at]];
      const bool left = bin == 0 ? e.missing_left[at] != 0 : bin <= e.bins[at];
      at = e.offsets[t] + e.lefts[at] + !left;
    }
    score += static_cast<double>(e.values[at]);
  }
  return score;
}

std::vector<double> ordered_statistics(const std::vector<std::vector<int32_t>>& codes, const std::vector<float>& labels,
                                       const std::vector<int32_t>& order, double prior, double weight) {
  std::vector<double> out(codes.size());
  for (size_t n = 0; n < order.size(); ++n) {
    double total = 0;
    for (const int32_t code : codes[order[n]]) {
      double sum = weight * prior, count = weight;
      for (size_t before = 0; before < n; ++before)
        for (const int32_t other : codes[order[before]])
          if (other == code) {
            sum += static_cast<double>(labels[order[before]]);
            count += 1;
          }
      total += sum / count;
    }
    const double size = static_cast<double>(codes[order[n]].size());
    out[order[n]] = size > 0 ? total / size : std::numeric_limits<double>::quiet_NaN();
  }
  return out;
}

}  // namespace kindred::reference
