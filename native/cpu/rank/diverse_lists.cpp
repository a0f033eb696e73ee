#include "kindred/rank/diverse_lists.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

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

// Both rules choose the candidate of the largest gain, and with each that is chosen no gain grows: one that was
// computed before is a bound, and only candidates whose bound beats the best gain so far are computed again (Minoux
// 1978, "Accelerated greedy algorithms for maximizing submodular set functions"). What is computed of a candidate is
// the same whenever that happens.
class Gains {
 public:
  Gains(const ListCandidates& candidates, double weight, const AbortFlag* abort)
      : candidates_(candidates),
        weight_(weight),
        vectors_(candidates, abort),
        bounds_(candidates.count),
        known_(candidates.count, 0) {}
  virtual ~Gains() = default;
  // At most so much; the gain itself once it was computed since the last was chosen.
  double bound(int64_t i) const { return bounds_[i]; }
  double gain(int64_t i) {
    if (known_[i] < vectors_.chosen()) bounds_[i] = compute(i);
    return bounds_[i];
  }
  // What the list tells of a candidate.
  virtual double value(int64_t i) = 0;
  virtual void choose(int64_t i) = 0;

 protected:
  // With all that were chosen from known_[i] on, which is their number afterwards.
  virtual double compute(int64_t i) = 0;

  const ListCandidates& candidates_;
  const double weight_;
  UnitVectors vectors_;
  std::vector<double> bounds_;  // [count]
  std::vector<int64_t> known_;  // [count] how many of those chosen a candidate was compared with
};

class MarginalGains : public Gains {
 public:
  MarginalGains(const ListCandidates& candidates, double weight, const AbortFlag* abort)
      : Gains(candidates, weight, abort), largest_(candidates.count, 0.0) {
    for (int64_t i = 0; i < candidates.count; ++i) bounds_[i] = weight * candidates.relevance[i];
  }
  double value(int64_t i) override { return largest_[i]; }
  void choose(int64_t i) override {
    // Until now nothing was alike; from now on a candidate may be the opposite of what is listed.
    if (vectors_.chosen() == 0)
      for (int64_t n = 0; n < candidates_.count; ++n) {
        largest_[n] = kOpposite;
        bounds_[n] = gain_of(n);
      }
    vectors_.choose(i);
  }

 private:
  // Below the cosine of any two vectors, whatever is rounded.
  static constexpr double kOpposite = -1.001;

  double gain_of(int64_t i) const { return weight_ * candidates_.relevance[i] - (1 - weight_) * largest_[i]; }
  double compute(int64_t i) override {
    for (int64_t& n = known_[i]; n < vectors_.chosen(); ++n) largest_[i] = std::max(largest_[i], vectors_.cosine(i, n));
    return gain_of(i);
  }

  std::vector<double> largest_;  // [count]
};

class DeterminantalGains : public Gains {
 public:
  DeterminantalGains(const ListCandidates& candidates, double weight, const AbortFlag* abort)
      : Gains(candidates, weight, abort), volumes_(candidates.count, 1.0), factor_(candidates.count) {
    for (int64_t i = 0; i < candidates.count; ++i) bounds_[i] = weight * candidates.relevance[i];
  }
  double value(int64_t i) override {
    gain(i);
    return std::max(0.0, volumes_[i]);
  }
  void choose(int64_t i) override {
    if (volumes_[i] < kLeastVolume) return;  // within the span of the others
    vectors_.choose(i);
    spanning_.push_back(i);
  }

 private:
  // Algorithm 1: row i of the factor, and d^2.
  double compute(int64_t i) override {
    std::vector<double>& own = factor_[i];
    own.resize(vectors_.chosen());
    for (int64_t& n = known_[i]; n < vectors_.chosen(); ++n) {
      const int64_t chosen = spanning_[n];
      const double rest = vectors_.cosine(i, n) - kernels().dot_f64(factor_[chosen].data(), own.data(), n);
      own[n] = rest / std::sqrt(volumes_[chosen]);
      volumes_[i] -= own[n] * own[n];
    }
    if (volumes_[i] < kLeastVolume) return kNothing;
    return weight_ * candidates_.relevance[i] + (weight_ == 1 ? 0 : (1 - weight_) * std::log(volumes_[i]));
  }

  std::vector<double> volumes_;              // [count] d^2
  std::vector<std::vector<double>> factor_;  // [count][known]
  std::vector<int64_t> spanning_;            // those chosen that added to the volume
};

struct Best {
  int64_t candidate = -1;
  double gain = kNothing;
  // The first of several.
  bool is_beaten_by(double other, int64_t i) const {
    return other > gain || (other == gain && other > kNothing && i < candidate);
  }
};

// The open candidate of the largest gain; -1 where none is above kNothing.
int64_t best_of(const OpenList& list, int64_t count, Gains& gains, const AbortFlag* abort) {
  std::vector<Best> found((count + kCandidatesPerChunk - 1) / kCandidatesPerChunk);
  parallel_for(count, kCandidatesPerChunk, abort, [&](int64_t begin, int64_t end) {
    Best first;
    for (int64_t i = begin; i < end; ++i)
      if (list.is_open(i) && first.is_beaten_by(gains.bound(i), i)) first = {i, gains.bound(i)};
    if (first.candidate < 0) return;
    // The best bound is often the best gain, and beats most of the others.
    Best best;
    if (const double own = gains.gain(first.candidate); own > kNothing) best = {first.candidate, own};
    for (int64_t i = begin; i < end; ++i) {
      if (!list.is_open(i) || !best.is_beaten_by(gains.bound(i), i)) continue;
      if (const double own = gains.gain(i); best.is_beaten_by(own, i)) best = {i, own};
    }
    found[begin / kCandidatesPerChunk] = best;
  });
  Best best;
  for (const Best& own : found)
    if (own.candidate >= 0 && best.is_beaten_by(own.gain, own.candidate)) best = own;
  return best.candidate;
}

int64_t most_relevant(const OpenList& list, const ListCandidates& candidates) {
  Best best;
  for (int64_t i = 0; i < candidates.count; ++i)
    if (list.is_open(i) && best.is_beaten_by(candidates.relevance[i], i)) best = {i, candidates.relevance[i]};
  return best.candidate;
}

DiverseList chosen_by(Gains& gains, OpenList& list, const ListCandidates& candidates, const AbortFlag* abort) {
  DiverseList out;
  while (list.is_open()) {
    int64_t next = best_of(list, candidates.count, gains, abort);
    if (next < 0) next = most_relevant(list, candidates);
    if (next < 0) break;
    out.chosen.push_back(static_cast<int32_t>(next));
    out.values.push_back(gains.value(next));
    list.take(next);
    gains.choose(next);
  }
  return out;
}

}  // namespace

DiverseList maximal_marginal_relevance(const ListCandidates& candidates, const ListRules& rules, int64_t length,
                                       double weight, const AbortFlag* abort) {
  check(candidates, weight);
  OpenList list(candidates.count, rules, length);
  MarginalGains gains(candidates, weight, abort);
  return chosen_by(gains, list, candidates, abort);
}

DiverseList determinantal_list(const ListCandidates& candidates, const ListRules& rules, int64_t length, double weight,
                               const AbortFlag* abort) {
  check(candidates, weight);
  OpenList list(candidates.count, rules, length);
  DeterminantalGains gains(candidates, weight, abort);
  return chosen_by(gains, list, candidates, abort);
}

}  // namespace kindred
