#include "reference/nn/sequences/crf.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace kindred::reference {
namespace {

using Tags = std::vector<int32_t>;

// Calls `see` with every tagging of n tokens, in the order of numbers whose last digit is the first tag: of equal ones
// that with the lower tags at the end comes first.
void for_taggings(int64_t n, int64_t tags, const std::function<void(const Tags&)>& see) {
  Tags y(n, 0);
  while (true) {
    see(y);
    int64_t t = 0;
    while (t < n && ++y[t] == tags) y[t++] = 0;
    if (t == n) return;
  }
}

double score(const Crf& crf, int64_t first, const Tags& y) {
  double sum = crf.start[y.front()] + crf.end[y.back()];
  for (size_t t = 0; t < y.size(); ++t) sum += crf.emissions.at(first + static_cast<int64_t>(t), y[t]);
  for (size_t t = 1; t < y.size(); ++t) sum += crf.transitions.at(y[t - 1], y[t]);
  return sum;
}

double greatest(const Crf& crf, int64_t first, int64_t n) {
  double most = -INFINITY;
  for_taggings(n, crf.emissions.cols, [&](const Tags& y) { most = std::max(most, score(crf, first, y)); });
  return most;
}

double log_total(const Crf& crf, int64_t first, int64_t n) {
  const double most = greatest(crf, first, n);
  double sum = 0;
  for_taggings(n, crf.emissions.cols, [&](const Tags& y) { sum += std::exp(score(crf, first, y) - most); });
  return most + std::log(sum);
}

// see(first token, length) of each sequence that has tokens; how many there are
double for_sequences(const Crf& crf, const std::function<void(int64_t, int64_t)>& see) {
  double count = 0;
  for (size_t s = 0; s + 1 < crf.offsets.size(); ++s)
    if (const int32_t n = crf.offsets[s + 1] - crf.offsets[s]; n > 0) {
      see(crf.offsets[s], n);
      ++count;
    }
  return count;
}

Tags part_of(const Tags& labels, int64_t first, int64_t n) {
  return {labels.begin() + first, labels.begin() + first + n};
}

void add_counts(int64_t first, const Tags& y, double factor, CrfGradient& out) {
  out.start[y.front()] += factor;
  out.end[y.back()] += factor;
  for (size_t t = 0; t < y.size(); ++t) out.emissions.at(first + static_cast<int64_t>(t), y[t]) += factor;
  for (size_t t = 1; t < y.size(); ++t) out.transitions.at(y[t - 1], y[t]) += factor;
}

}  // namespace

double crf_loss(const Crf& crf, const std::vector<int32_t>& labels) {
  double sum = 0;
  const double count = for_sequences(crf, [&](int64_t first, int64_t n) {
    sum += log_total(crf, first, n) - score(crf, first, part_of(labels, first, n));
  });
  return count == 0 ? 0 : sum / count;
}

CrfGradient crf_loss_gradient(const Crf& crf, const std::vector<int32_t>& labels, double dloss) {
  const int64_t tags = crf.emissions.cols;
  CrfGradient out{Table(crf.emissions.rows, tags), Table(tags, tags), Doubles(tags, 0.0), Doubles(tags, 0.0)};
  const double count = for_sequences(crf, [](int64_t, int64_t) {});
  for_sequences(crf, [&](int64_t first, int64_t n) {
    const double total = log_total(crf, first, n);
    for_taggings(n, tags, [&](const Tags& y) {
      add_counts(first, y, dloss / count * std::exp(score(crf, first, y) - total), out);
    });
    add_counts(first, part_of(labels, first, n), -dloss / count, out);
  });
  return out;
}

std::vector<int32_t> crf_decode(const Crf& crf) {
  Tags out(crf.emissions.rows);
  for_sequences(crf, [&](int64_t first, int64_t n) {
    double most = -INFINITY;
    for_taggings(n, crf.emissions.cols, [&](const Tags& y) {
      if (const double own = score(crf, first, y); own > most) {
        most = own;
        std::copy(y.begin(), y.end(), out.begin() + first);
      }
    });
  });
  return out;
}

}  // namespace kindred::reference
