#include "kindred/nn/sequences/crf.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "cpu/nn/block_sums.h"
#include "kindred/runtime/error.h"

namespace kindred::nn {
namespace {

constexpr int64_t kSequences = 2;  // of a task; each task has sums of its own

// ln(sum of exp(a[i] + b[i])) over [0, n)
double log_sum(const double* a, const double* b, int64_t n) {
  double most = -INFINITY, sum = 0;
  for (int64_t i = 0; i < n; ++i) most = std::max(most, a[i] + b[i]);
  if (most == -INFINITY) {  // or all are NaN
    for (int64_t i = 0; i < n; ++i) sum += a[i] + b[i];
    return n == 0 ? most : sum;
  }
  for (int64_t i = 0; i < n; ++i) sum += std::exp(a[i] + b[i] - most);
  return most + std::log(sum);
}

// Transitions in double, and their transpose: sums over where a tag comes from and goes to run along rows of either.
class Chain {
 public:
  explicit Chain(const Crf& crf)
      : crf_(crf),
        tags_(crf.emissions.cols),
        start_(crf.start, crf.start + tags_),
        end_(crf.end, crf.end + tags_),
        to_(tags_ * tags_),
        from_(tags_ * tags_) {
    for (int64_t i = 0; i < tags_; ++i)
      for (int64_t j = 0; j < tags_; ++j) to_[i * tags_ + j] = from_[j * tags_ + i] = crf.transitions.row(i)[j];
  }

  int64_t tags() const { return tags_; }
  int64_t begin(int64_t s) const { return crf_.sequences.offsets[s]; }
  int64_t length(int64_t s) const { return crf_.sequences.offsets[s + 1] - begin(s); }
  const float* emissions(int64_t token) const { return crf_.emissions.row(token); }
  const double* start() const { return start_.data(); }
  const double* end() const { return end_.data(); }
  const double* to(int64_t tag) const { return to_.data() + tag * tags_; }      // [tags], from this one
  const double* from(int64_t tag) const { return from_.data() + tag * tags_; }  // [tags], to this one

  // alpha [length, tags]: of all taggings up to a token that end in a tag. Returns ln of the sum over all taggings.
  double forward(int64_t s, std::vector<double>& alpha) const {
    const int64_t n = length(s);
    alpha.resize(n * tags_);
    for (int64_t t = 0; t < n; ++t)
      for (int64_t j = 0; j < tags_; ++j)
        alpha[t * tags_ + j] =
            emissions(begin(s) + t)[j] + (t == 0 ? start_[j] : log_sum(alpha.data() + (t - 1) * tags_, from(j), tags_));
    return log_sum(alpha.data() + (n - 1) * tags_, end(), tags_);
  }

  // beta [length, tags]: of all taggings behind a token that has a tag
  void backward(int64_t s, std::vector<double>& beta) const {
    const int64_t n = length(s);
    beta.resize(n * tags_);
    std::copy(end_.begin(), end_.end(), beta.end() - tags_);
    std::vector<double> next(tags_);
    for (int64_t t = n - 2; t >= 0; --t) {
      for (int64_t j = 0; j < tags_; ++j) next[j] = emissions(begin(s) + t + 1)[j] + beta[(t + 1) * tags_ + j];
      for (int64_t i = 0; i < tags_; ++i) beta[t * tags_ + i] = log_sum(next.data(), to(i), tags_);
    }
  }

  double score(int64_t s, const int32_t* labels) const {
    const int64_t first = begin(s), last = first + length(s) - 1;
    double sum = start_[labels[first]] + end_[labels[last]];
    for (int64_t t = first; t <= last; ++t) sum += emissions(t)[labels[t]];
    for (int64_t t = first; t < last; ++t) sum += to(labels[t])[labels[t + 1]];
    return sum;
  }

 private:
  const Crf& crf_;
  int64_t tags_;
  std::vector<double> start_, end_, to_, from_;
};

// How many sequences have tokens
int64_t check(const Crf& crf, const int32_t* labels) {
  check_sequences(crf.sequences, crf.emissions.rows);
  for (int64_t t = 0; t < crf.emissions.rows; ++t)
    if (labels[t] < 0 || labels[t] >= crf.emissions.cols)
      fail_value("labels[" + std::to_string(t) + "]: expected a tag from 0 to below " +
                 std::to_string(crf.emissions.cols) + " but received " + std::to_string(labels[t]) + ".");
  int64_t count = 0;
  for (int64_t s = 0; s < crf.sequences.count; ++s) count += crf.sequences.offsets[s] < crf.sequences.offsets[s + 1];
  return count;
}

// What a task adds up for the weights: [tags, tags] transitions, then [tags] start, [tags] end.
struct Sums {
  std::vector<double> values;
  double* transitions() { return values.data(); }
  double* start(int64_t tags) { return values.data() + tags * tags; }
  double* end(int64_t tags) { return values.data() + tags * tags + tags; }
};

// Expected counts of tags and pairs of tags less those of the labels, times `factor`.
void add_sequence(const Chain& chain, int64_t s, const int32_t* labels, double factor, Sums& sums, Matrix emissions) {
  const int64_t tags = chain.tags(), n = chain.length(s), first = chain.begin(s);
  std::vector<double> alpha, beta, next(tags);
  const double total = chain.forward(s, alpha);
  chain.backward(s, beta);
  for (int64_t t = 0; t < n; ++t) {
    float* const out = emissions.row(first + t);
    for (int64_t j = 0; j < tags; ++j) {
      const double expected = std::exp(alpha[t * tags + j] + beta[t * tags + j] - total);
      const double difference = factor * (expected - (labels[first + t] == j ? 1 : 0));
      out[j] = static_cast<float>(difference);
      if (t == 0) sums.start(tags)[j] += difference;
      if (t == n - 1) sums.end(tags)[j] += difference;
    }
    if (t == n - 1) break;
    for (int64_t j = 0; j < tags; ++j) next[j] = chain.emissions(first + t + 1)[j] + beta[(t + 1) * tags + j] - total;
    for (int64_t i = 0; i < tags; ++i)
      for (int64_t j = 0; j < tags; ++j)
        sums.transitions()[i * tags + j] += factor * std::exp(alpha[t * tags + i] + chain.to(i)[j] + next[j]);
    sums.transitions()[labels[first + t] * tags + labels[first + t + 1]] -= factor;
  }
}

void decode(const Chain& chain, int64_t s, int32_t* out) {
  const int64_t tags = chain.tags(), n = chain.length(s), first = chain.begin(s);
  std::vector<double> best(tags), next(tags);
  std::vector<int32_t> came(n * tags);
  for (int64_t j = 0; j < tags; ++j) best[j] = chain.start()[j] + chain.emissions(first)[j];
  for (int64_t t = 1; t < n; ++t) {
    for (int64_t j = 0; j < tags; ++j) {
      int32_t from = 0;
      for (int32_t i = 1; i < tags; ++i)
        if (best[i] + chain.from(j)[i] > best[from] + chain.from(j)[from]) from = i;
      came[t * tags + j] = from;
      next[j] = best[from] + chain.from(j)[from] + chain.emissions(first + t)[j];
    }
    best.swap(next);
  }
  int32_t tag = 0;
  for (int32_t j = 1; j < tags; ++j)
    if (best[j] + chain.end()[j] > best[tag] + chain.end()[tag]) tag = j;
  for (int64_t t = n - 1; t >= 0; --t) {
    out[first + t] = tag;
    tag = came[t * tags + tag];
  }
}

}  // namespace

float crf_loss(const Crf& crf, const int32_t* labels, const AbortFlag* abort) {
  const int64_t count = check(crf, labels);
  if (count == 0) return 0;
  const Chain chain(crf);
  const double total = sum_of_blocks(crf.sequences.count, kSequences, abort, [&](int64_t begin, int64_t end) {
    std::vector<double> alpha;
    double sum = 0;
    for (int64_t s = begin; s < end; ++s)
      if (chain.length(s) > 0) sum += chain.forward(s, alpha) - chain.score(s, labels);
    return sum;
  });
  return static_cast<float>(total / static_cast<double>(count));
}

void crf_loss_gradient(const Crf& crf, const int32_t* labels, float dloss, const CrfGradient& out,
                       const AbortFlag* abort) {
  const int64_t count = check(crf, labels), tags = crf.emissions.cols;
  const Chain chain(crf);
  std::vector<Sums> parts((crf.sequences.count + kSequences - 1) / kSequences);
  parallel_for(crf.sequences.count, kSequences, abort, [&](int64_t begin, int64_t end) {
    Sums& sums = parts[begin / kSequences];
    sums.values.assign(tags * tags + 2 * tags, 0.0);
    for (int64_t s = begin; s < end; ++s)
      if (chain.length(s) > 0)
        add_sequence(chain, s, labels, static_cast<double>(dloss) / static_cast<double>(count), sums, out.emissions);
  });
  Sums all{std::vector<double>(tags * tags + 2 * tags, 0.0)};
  for (const Sums& part : parts)
    for (size_t i = 0; i < all.values.size(); ++i) all.values[i] += part.values[i];
  for (int64_t i = 0; i < tags; ++i)
    for (int64_t j = 0; j < tags; ++j) out.transitions.row(i)[j] = static_cast<float>(all.transitions()[i * tags + j]);
  for (int64_t j = 0; j < tags; ++j) {
    out.start[j] = static_cast<float>(all.start(tags)[j]);
    out.end[j] = static_cast<float>(all.end(tags)[j]);
  }
}

void crf_decode(const Crf& crf, int32_t* tags, const AbortFlag* abort) {
  check_sequences(crf.sequences, crf.emissions.rows);
  if (crf.emissions.rows > 0 && crf.emissions.cols == 0) fail_value("crf_decode: expected at least one tag.");
  const Chain chain(crf);
  parallel_for(crf.sequences.count, 1, abort, [&](int64_t begin, int64_t end) {
    for (int64_t s = begin; s < end; ++s)
      if (chain.length(s) > 0) decode(chain, s, tags);
  });
}

}  // namespace kindred::nn
