#include "reference/nn/sequences/sequences.h"

#include <cmath>
#include <complex>

namespace kindred::reference {
namespace {

template <class Body>
void for_tokens(const Ints& offsets, const Body& body) {
  for (size_t s = 0; s + 1 < offsets.size(); ++s)
    for (int64_t t = offsets[s]; t < offsets[s + 1]; ++t) body(static_cast<int64_t>(s), t);
}

int64_t count_of(const Ints& offsets) { return static_cast<int64_t>(offsets.size()) - 1; }

}  // namespace

Table sequence_sum(const Table& x, const Ints& offsets) {
  Table out(count_of(offsets), x.cols);
  for_tokens(offsets, [&](int64_t s, int64_t t) {
    for (int64_t c = 0; c < x.cols; ++c) out.at(s, c) += x.at(t, c);
  });
  return out;
}

Table sequence_sum_gradient(const Table& dy, const Ints& offsets) {
  Table dx(offsets.back(), dy.cols);
  for_tokens(offsets, [&](int64_t s, int64_t t) {
    for (int64_t c = 0; c < dy.cols; ++c) dx.at(t, c) = dy.at(s, c);
  });
  return dx;
}

Greatest sequence_max(const Table& x, const Ints& offsets) {
  Greatest out{Table(count_of(offsets), x.cols), Ints(count_of(offsets) * x.cols, -1)};
  for_tokens(offsets, [&](int64_t s, int64_t t) {
    for (int64_t c = 0; c < x.cols; ++c) {
      double& most = out.values.at(s, c);
      int32_t& place = out.places[s * x.cols + c];
      if (place >= 0 && (std::isnan(most) || !(x.at(t, c) > most || std::isnan(x.at(t, c))))) continue;
      most = x.at(t, c);
      place = static_cast<int32_t>(t);
    }
  });
  return out;
}

Table sequence_max_gradient(const Table& dy, const Ints& places, int64_t tokens) {
  Table dx(tokens, dy.cols);
  for (int64_t s = 0; s < dy.rows; ++s)
    for (int64_t c = 0; c < dy.cols; ++c)
      if (places[s * dy.cols + c] >= 0) dx.at(places[s * dy.cols + c], c) += dy.at(s, c);
  return dx;
}

Table sequence_softmax(const Table& x, const Ints& offsets) {
  Table y(x.rows, x.cols);
  for (int64_t h = 0; h < x.cols; ++h) {
    Doubles largest(offsets.size(), -INFINITY), sums(offsets.size(), 0.0);
    for_tokens(offsets, [&](int64_t s, int64_t t) { largest[s] = std::max(largest[s], x.at(t, h)); });
    for_tokens(offsets, [&](int64_t s, int64_t t) { sums[s] += std::exp(x.at(t, h) - largest[s]); });
    for_tokens(offsets, [&](int64_t s, int64_t t) { y.at(t, h) = std::exp(x.at(t, h) - largest[s]) / sums[s]; });
  }
  return y;
}

// By the softmax's Jacobian: dy_u / dx_t = y_u ([u = t] - y_t).
Table sequence_softmax_gradient(const Table& x, const Table& dy, const Ints& offsets) {
  const Table y = sequence_softmax(x, offsets);
  Table dx(x.rows, x.cols);
  for_tokens(offsets, [&](int64_t s, int64_t t) {
    for (int64_t u = offsets[s]; u < offsets[s + 1]; ++u)
      for (int64_t h = 0; h < x.cols; ++h) dx.at(t, h) += dy.at(u, h) * y.at(u, h) * ((u == t ? 1 : 0) - y.at(t, h));
  });
  return dx;
}

Table sequence_weighted_sum(const Table& x, const Table& weights, const Ints& offsets) {
  Table out(count_of(offsets), x.cols);
  const int64_t slice = x.cols / weights.cols;
  for_tokens(offsets, [&](int64_t s, int64_t t) {
    for (int64_t c = 0; c < x.cols; ++c) out.at(s, c) += weights.at(t, c / slice) * x.at(t, c);
  });
  return out;
}

WeightedSumGradient sequence_weighted_sum_gradient(const Table& x, const Table& weights, const Ints& offsets,
                                                   const Table& dy) {
  WeightedSumGradient out{Table(x.rows, x.cols), Table(weights.rows, weights.cols)};
  const int64_t slice = x.cols / weights.cols;
  for_tokens(offsets, [&](int64_t s, int64_t t) {
    for (int64_t c = 0; c < x.cols; ++c) {
      out.x.at(t, c) += weights.at(t, c / slice) * dy.at(s, c);
      out.weights.at(t, c / slice) += x.at(t, c) * dy.at(s, c);
    }
  });
  return out;
}

// As products of complex numbers.
Table rotary(const Table& x, const Ints& positions, int64_t dims, double base, bool inverse) {
  Table y(x.rows, x.cols);
  const int64_t half = dims / 2;
  for (int64_t t = 0; t < x.rows; ++t)
    for (int64_t at = 0; at < x.cols; at += dims)
      for (int64_t i = 0; i < half; ++i) {
        const double angle = positions[t] * std::pow(base, -2.0 * static_cast<double>(i) / static_cast<double>(dims));
        const auto turned =
            std::complex<double>(x.at(t, at + i), x.at(t, at + half + i)) * std::polar(1.0, inverse ? -angle : angle);
        y.at(t, at + i) = turned.real();
        y.at(t, at + half + i) = turned.imag();
      }
  return y;
}

}  // namespace kindred::reference
