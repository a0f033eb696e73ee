#include "reference/nn/attention.h"

#include <algorithm>
#include <cmath>

namespace kindred::reference {
namespace {

// One query of one head: the tokens [first, last) that it attends to, and the columns [begin, end) of the head.
struct Query {
  int64_t token, head, first, last, begin, end;
};

template <class Body>
void for_each_query(const Attention& shape, int64_t dims, const Body& body) {
  const int64_t slice = dims / shape.heads;
  for (size_t s = 0; s + 1 < shape.offsets.size(); ++s)
    for (int64_t i = shape.offsets[s]; i < shape.offsets[s + 1]; ++i)
      for (int64_t h = 0; h < shape.heads; ++h)
        body(Query{i, h, shape.offsets[s], shape.causal ? i + 1 : shape.offsets[s + 1], h * slice, (h + 1) * slice});
}

struct Weights {
  Doubles p;  // of the tokens from `first` on
  double log_sum;
};

Weights weights_of(const Query& at, double scale, const Table& q, const Table& k) {
  Weights out{Doubles(at.last - at.first, 0.0), 0};
  double largest = -INFINITY, sum = 0;
  for (int64_t j = at.first; j < at.last; ++j) {
    double& score = out.p[j - at.first];
    for (int64_t c = at.begin; c < at.end; ++c) score += scale * q.at(at.token, c) * k.at(j, c);
    largest = std::max(largest, score);
  }
  for (double& p : out.p) sum += p = std::exp(p - largest);
  for (double& p : out.p) p /= sum;
  out.log_sum = largest + std::log(sum);
  return out;
}

}  // namespace

Attended attention(const Attention& shape, const Table& q, const Table& k, const Table& v) {
  Attended out{Table(q.rows, q.cols), Table(q.rows, shape.heads)};
  for_each_query(shape, q.cols, [&](const Query& at) {
    const Weights weights = weights_of(at, shape.scale, q, k);
    out.log_sums.at(at.token, at.head) = weights.log_sum;
    for (int64_t j = at.first; j < at.last; ++j)
      for (int64_t c = at.begin; c < at.end; ++c) out.y.at(at.token, c) += weights.p[j - at.first] * v.at(j, c);
  });
  return out;
}

AttentionGradient attention_gradient(const Attention& shape, const Table& q, const Table& k, const Table& v,
                                     const Table& dy) {
  AttentionGradient out{Table(q.rows, q.cols), Table(q.rows, q.cols), Table(q.rows, q.cols)};
  for_each_query(shape, q.cols, [&](const Query& at) {
    const int64_t n = at.last - at.first;
    const Doubles p = weights_of(at, shape.scale, q, k).p;
    Doubles of_p(n, 0.0);
    for (int64_t j = 0; j < n; ++j)
      for (int64_t c = at.begin; c < at.end; ++c) {
        of_p[j] += dy.at(at.token, c) * v.at(at.first + j, c);
        out.v.at(at.first + j, c) += p[j] * dy.at(at.token, c);
      }
    double mean = 0;
    for (int64_t j = 0; j < n; ++j) mean += p[j] * of_p[j];
    for (int64_t j = 0; j < n; ++j) {
      const double of_score = shape.scale * p[j] * (of_p[j] - mean);
      for (int64_t c = at.begin; c < at.end; ++c) {
        out.q.at(at.token, c) += of_score * k.at(at.first + j, c);
        out.k.at(at.first + j, c) += of_score * q.at(at.token, c);
      }
    }
  });
  return out;
}

}  // namespace kindred::reference
