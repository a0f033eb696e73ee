#include "kindred/trees/bins.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "cpu/runtime/random.h"
#include "cpu/trees/radix_sort.h"
#include "kindred/runtime/error.h"

namespace kindred::trees {
namespace {

constexpr int64_t kSample = 200000;  // rows looked at

// The row that stands for the i-th of kSample equal parts of the rows.
int64_t sampled_row(int64_t i, int64_t rows) {
  const int64_t begin = i * rows / kSample, end = (i + 1) * rows / kSample;
  return begin +
         static_cast<int64_t>(mix_seeds(static_cast<uint64_t>(i), 0x62696e73) % static_cast<uint64_t>(end - begin));
}

template <class Number>
Number number_at(const NumberSource& source, int64_t row) {
  if constexpr (sizeof(Number) == 8)
    return source.doubles[row * source.stride];
  else
    return source.floats[row * source.stride];
}

// Different numbers, ascending, and how many rows have each.
struct Counted {
  std::vector<double> numbers;
  std::vector<int64_t> counts;
  int64_t rows = 0;
};

template <class Number>
Counted count_numbers(const NumberSource& source, int64_t rows, Poll& poll) {
  using Bits = BitsOf<Number>;
  std::vector<Bits> keys;
  const int64_t looked_at = std::min(rows, kSample);
  keys.reserve(looked_at);
  for (int64_t i = 0; i < looked_at; ++i) {
    poll();
    const Number number = number_at<Number>(source, rows <= kSample ? i : sampled_row(i, rows));
    if (std::isfinite(number)) keys.push_back(key_of<Number>(number + Number{0}));  // -0 as 0
  }
  std::vector<Bits> spare(keys.size());
  radix_sort(keys, spare, poll);
  Counted out;
  out.rows = static_cast<int64_t>(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (i == 0 || keys[i] != keys[i - 1]) {
      out.numbers.push_back(static_cast<double>(number_of<Number>(keys[i])));
      out.counts.push_back(0);
    }
    ++out.counts.back();
  }
  return out;
}

// At least a and below b.
double between(double a, double b) {
  const double middle = a / 2 + b / 2;
  return middle >= a && middle < b ? middle : a;
}

std::vector<double> edges_of(const Counted& counted, int64_t bins) {
  std::vector<double> edges;
  const int64_t distinct = static_cast<int64_t>(counted.numbers.size());
  int64_t rows_left = counted.rows, bins_left = bins, held = 0;
  for (int64_t i = 0; i + 1 < distinct; ++i) {
    held += counted.counts[i];
    const bool own = distinct <= bins;  // a bin for each
    // Closed where it holds its share of what is left, and before a number that fills a bin alone.
    const double share = static_cast<double>(rows_left) / static_cast<double>(bins_left);
    if (!own && static_cast<double>(held) < share &&
        !(static_cast<double>(counted.counts[i + 1]) >= share && 2 * static_cast<double>(held) >= share))
      continue;
    if (static_cast<int64_t>(edges.size()) == bins - 1) break;
    edges.push_back(between(counted.numbers[i], counted.numbers[i + 1]));
    rows_left -= held;
    bins_left = std::max<int64_t>(1, bins_left - 1);
    held = 0;
  }
  return edges;
}

// The number of edges below a number comes in eight steps without a branch, of several numbers at once.
template <class Number>
void write_bins_of(const NumberSource& source, int64_t begin, int64_t count, const double* edges, int64_t edge_count,
                   uint8_t* out, int64_t stride) {
  constexpr int64_t kAtOnce = 8;
  double padded[256];
  std::fill(std::copy_n(edges, edge_count, padded), padded + 256, std::numeric_limits<double>::infinity());
  int64_t top = 128;
  while (top > 1 && top / 2 > edge_count) top /= 2;
  for (int64_t i = 0; i < count; i += kAtOnce) {
    const int64_t here = std::min(kAtOnce, count - i);
    double numbers[kAtOnce] = {};
    uint32_t below[kAtOnce] = {};
    for (int64_t k = 0; k < here; ++k) numbers[k] = static_cast<double>(number_at<Number>(source, begin + i + k));
    for (int64_t step = top; step > 0; step /= 2)
      for (int64_t k = 0; k < kAtOnce; ++k)
        below[k] += static_cast<uint32_t>(padded[below[k] + step - 1] < numbers[k]) * static_cast<uint32_t>(step);
    for (int64_t k = 0; k < here; ++k)
      out[(i + k) * stride] = static_cast<uint8_t>(std::isnan(numbers[k]) ? 0 : 1 + below[k]);
  }
}

}  // namespace

Edges bin_edges(const std::vector<NumberSource>& sources, int64_t rows, int64_t bins, const AbortFlag* abort) {
  if (bins < 2 || bins > kMostBins) fail_value("bins: expected 2 to 255.");
  const int64_t columns = static_cast<int64_t>(sources.size());
  std::vector<std::vector<double>> each(columns);
  parallel_for(columns, 1, abort, [&](int64_t c, int64_t) {
    Poll poll(abort);
    const Counted counted = sources[c].doubles ? count_numbers<double>(sources[c], rows, poll)
                                               : count_numbers<float>(sources[c], rows, poll);
    each[c] = edges_of(counted, bins);
  });
  Edges out;
  out.offsets.push_back(0);
  for (const std::vector<double>& edges : each) {
    out.values.insert(out.values.end(), edges.begin(), edges.end());
    out.offsets.push_back(static_cast<int32_t>(out.values.size()));
  }
  return out;
}

void write_bins(const NumberSource& source, int64_t begin, int64_t count, const double* edges, int64_t edge_count,
                uint8_t* out, int64_t stride) {
  if (source.doubles)
    write_bins_of<double>(source, begin, count, edges, edge_count, out, stride);
  else
    write_bins_of<float>(source, begin, count, edges, edge_count, out, stride);
}

void check_edges(const EdgesView& edges, int64_t values) {
  if (edges.offsets[0] != 0 || edges.offsets[edges.columns] != values)
    fail_shape("edges: expected offsets from 0 to " + std::to_string(values) + ".");
  for (int64_t c = 0; c < edges.columns; ++c)
    if (edges.count(c) < 0 || edges.count(c) >= kMostBins || edges.offsets[c + 1] > values)
      fail_shape("edges: expected 0 to 254 of column " + std::to_string(c) + " but received " +
                 std::to_string(edges.count(c)) + ".");
  for (int64_t c = 0; c < edges.columns; ++c)
    for (int64_t i = 0; i < edges.count(c); ++i) {
      const double edge = edges.of(c)[i];
      if (!std::isfinite(edge) || (i > 0 && !(edge > edges.of(c)[i - 1])))
        fail_value("edges: expected finite numbers that ascend, but not so edge " + std::to_string(i) + " of column " +
                   std::to_string(c) + ".");
    }
}

}  // namespace kindred::trees
