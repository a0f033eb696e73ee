#include "reference/nn/sequences/attention.h"

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

uint64_t splitmix(uint64_t state) {
  uint64_t z = state + 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

int64_t bucket_of(const Attention& shape, const Query& at, int64_t key) {
  return relative_bucket(key - at.token, shape.biases.rows, shape.max_distance, shape.bidirectional);
}

Weights weights_of(const Attention& shape, const Query& at, const Table& q, const Table& k) {
  Weights out{Doubles(at.last - at.first, 0.0), 0};
  double largest = -INFINITY, sum = 0;
  for (int64_t j = at.first; j < at.last; ++j) {
    double& score = out.p[j - at.first];
    for (int64_t c = at.begin; c < at.end; ++c) score += shape.scale * q.at(at.token, c) * k.at(j, c);
    if (shape.biases.rows > 0) score += shape.biases.at(bucket_of(shape, at, j), at.head);
    largest = std::max(largest, score);
  }
  for (double& p : out.p) sum += p = std::exp(p - largest);
  for (double& p : out.p) p /= sum;
  out.log_sum = largest + std::log(sum);
  return out;
}

}  // namespace

// By where each bucket begins: the first distance d with (d / exact)^wide >= (max_distance / exact)^number.
int64_t relative_bucket(int64_t distance, int64_t buckets, int64_t max_distance, bool bidirectional) {
  const int64_t a_way = bidirectional ? buckets / 2 : buckets, exact = a_way / 2, wide = a_way - exact;
  const int64_t behind = bidirectional && distance > 0 ? a_way : 0;
  const int64_t size = bidirectional ? std::abs(distance) : std::max<int64_t>(-distance, 0);
  if (size < exact) return behind + size;
  const auto of_exact = [&](int64_t d) { return static_cast<double>(d) / static_cast<double>(exact); };
  int64_t number = 0;
  while (number + 1 < wide && std::pow(of_exact(size), static_cast<double>(wide)) * (1 + 1e-9) >=
                                  std::pow(of_exact(max_distance), static_cast<double>(number + 1)))
    ++number;
  return behind + exact + number;
}

double kept(const Attention& shape, int64_t first, int64_t head, int64_t query, int64_t key) {
  if (shape.dropout == 0) return 1;
  const auto of_head = static_cast<uint64_t>(first * shape.heads + head);
  const uint64_t sequence = splitmix(splitmix(shape.seed ^ 0x5851f42d4c957f2d) + of_head);
  const uint64_t row = splitmix(sequence + static_cast<uint64_t>(query) * 0x9e3779b97f4a7c15);
  uint32_t bits = static_cast<uint32_t>(key) + static_cast<uint32_t>(row);
  bits = (bits ^ bits >> 16) * 0x21f0aaad;
  bits = (bits ^ bits >> 15) * 0x735a2d97;
  bits = bits ^ bits >> 15 ^ static_cast<uint32_t>(row >> 32);
  return bits < shape.dropout * 0x1p32 ? 0 : 1 / (1 - shape.dropout);
}

Attended attention(const Attention& shape, const Table& q, const Table& k, const Table& v) {
  Attended out{Table(q.rows, q.cols), Table(q.rows, shape.heads)};
  for_each_query(shape, q.cols, [&](const Query& at) {
    const Weights weights = weights_of(shape, at, q, k);
    out.log_sums.at(at.token, at.head) = weights.log_sum;
    for (int64_t j = at.first; j < at.last; ++j) {
      const double m = kept(shape, at.first, at.head, at.token - at.first, j - at.first);
      for (int64_t c = at.begin; c < at.end; ++c) out.y.at(at.token, c) += m * weights.p[j - at.first] * v.at(j, c);
    }
  });
  return out;
}

AttentionGradient attention_gradient(const Attention& shape, const Table& q, const Table& k, const Table& v,
                                     const Table& dy) {
  AttentionGradient out{Table(q.rows, q.cols), Table(q.rows, q.cols), Table(q.rows, q.cols),
                        Table(shape.biases.rows, shape.biases.cols)};
  for_each_query(shape, q.cols, [&](const Query& at) {
    const int64_t n = at.last - at.first;
    const Doubles p = weights_of(shape, at, q, k).p;
    Doubles of_p(n, 0.0);
    for (int64_t j = 0; j < n; ++j) {
      const double m = kept(shape, at.first, at.head, at.token - at.first, j);
      for (int64_t c = at.begin; c < at.end; ++c) {
        of_p[j] += m * dy.at(at.token, c) * v.at(at.first + j, c);
        out.v.at(at.first + j, c) += m * p[j] * dy.at(at.token, c);
      }
    }
    double mean = 0;
    for (int64_t j = 0; j < n; ++j) mean += p[j] * of_p[j];
    for (int64_t j = 0; j < n; ++j) {
      if (shape.biases.rows > 0) out.biases.at(bucket_of(shape, at, at.first + j), at.head) += p[j] * (of_p[j] - mean);
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
