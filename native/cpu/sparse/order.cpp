#include "kindred/sparse/order.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr int64_t kRowsPerChunk = 64;

void check_permutation(const int32_t* places, int64_t n, const char* name, const AbortFlag* abort) {
  std::vector<char> met(n, 0);
  Poll poll(abort);
  for (int64_t i = 0; i < n; ++i) {
    poll();
    if (places[i] < 0 || places[i] >= n || met[places[i]]++)
      fail_value(std::string(name) + ": expected each of 0 to " + std::to_string(n - 1) + " once, not " +
                 std::to_string(places[i]) + " at " + std::to_string(i) + ".");
  }
}

}  // namespace

std::vector<int32_t> order_of_keys(const double* keys, int64_t n, const AbortFlag* abort) {
  if (n > std::numeric_limits<int32_t>::max()) throw Error("ERR_TOO_LARGE", "keys: expected at most 2147483647.");
  if (std::any_of(keys, keys + n, [](double key) { return std::isnan(key); })) fail_value("keys: expected no NaN.");
  std::vector<int32_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  Poll poll(abort);
  std::stable_sort(order.begin(), order.end(), polled(poll, [=](int32_t a, int32_t b) { return keys[a] < keys[b]; }));
  return order;
}

Csr reorder(const CsrView& csr, const int32_t* row_order, const int32_t* column_places, const AbortFlag* abort) {
  if (row_order) check_permutation(row_order, csr.rows, "row order", abort);
  if (column_places) check_permutation(column_places, csr.cols, "column places", abort);
  const auto source = [&](int64_t r) { return row_order ? int64_t{row_order[r]} : r; };
  Csr out;
  out.rows = csr.rows;
  out.cols = csr.cols;
  out.indptr.assign(csr.rows + 1, 0);
  for (int64_t r = 0; r < csr.rows; ++r)
    out.indptr[r + 1] = out.indptr[r] + csr.indptr[source(r) + 1] - csr.indptr[source(r)];
  out.indices.resize(csr.nonzeros());
  if (csr.values) out.values.resize(csr.nonzeros());
  parallel_for(csr.rows, kRowsPerChunk, abort, [&](int64_t begin, int64_t end) {
    std::vector<std::pair<int32_t, float>> row;  // column, value
    Poll poll(abort);
    for (int64_t r = begin; r < end; ++r) {
      poll(4 * (csr.indptr[source(r) + 1] - csr.indptr[source(r)]));
      row.clear();
      for (int32_t n = csr.indptr[source(r)]; n < csr.indptr[source(r) + 1]; ++n)
        row.emplace_back(column_places ? column_places[csr.indices[n]] : csr.indices[n],
                         csr.values ? csr.values[n] : 0.0f);
      if (column_places)
        std::sort(row.begin(), row.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
      int64_t at = out.indptr[r];
      for (const auto& [column, value] : row) {
        out.indices[at] = column;
        if (csr.values) out.values[at] = value;
        ++at;
      }
    }
  });
  return out;
}

void reorder_square(Matrix a, const int32_t* order, const AbortFlag* abort) {
  if (a.rows != a.cols) fail_shape("reorder_square: expected a square matrix.");
  const int64_t n = a.rows;
  check_permutation(order, n, "order", abort);
  parallel_for(n, kRowsPerChunk, abort, [&](int64_t begin, int64_t end) {
    std::vector<float> row(n);
    for (int64_t i = begin; i < end; ++i) {
      for (int64_t j = 0; j < n; ++j) row[j] = a.row(i)[order[j]];
      std::copy(row.begin(), row.end(), a.row(i));
    }
  });
  // Cycle by cycle, a band of columns to a thread.
  constexpr int64_t kBand = 1024;
  parallel_for(n, kBand, abort, [&](int64_t begin, int64_t end) {
    std::vector<char> done(n, 0);
    std::vector<float> first(end - begin);
    Poll poll(abort);
    for (int64_t start = 0; start < n; ++start) {
      if (done[start]) continue;
      poll(end - begin);
      std::copy(a.row(start) + begin, a.row(start) + end, first.begin());
      int64_t to = start;
      for (; order[to] != start; to = order[to]) {
        poll(end - begin);
        std::copy(a.row(order[to]) + begin, a.row(order[to]) + end, a.row(to) + begin);
        done[to] = 1;
      }
      std::copy(first.begin(), first.end(), a.row(to) + begin);
      done[to] = 1;
    }
  });
}

}  // namespace kindred
