#include <algorithm>
#include <vector>

#include "cpu/runtime/scratch.h"
#include "cpu/sparse/sparse_accumulator.h"
#include "kindred/item_item/slim.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr int64_t kRowsPerChunk = 16;

void check_orders(const CsrView& by_user, const CsrView& by_item) {
  if (by_user.cols != by_item.rows || by_user.rows != by_item.cols)
    fail_shape("slim_gram: expected the log by user and by item.");
}

// Calls visit(item, other, product) for each pair of interactions that a user of `item` has, itself included.
template <class Visit>
void each_pair(const CsrView& by_user, const CsrView& by_item, int64_t item, const AbortFlag* abort, Visit visit) {
  Poll poll(abort);
  for (int32_t n = by_item.indptr[item]; n < by_item.indptr[item + 1]; ++n) {
    const int32_t user = by_item.indices[n];
    poll(by_user.indptr[user + 1] - by_user.indptr[user]);
    const double weight = by_item.values ? by_item.values[n] : 1;
    for (int32_t m = by_user.indptr[user]; m < by_user.indptr[user + 1]; ++m)
      visit(by_user.indices[m], by_user.values ? weight * by_user.values[m] : weight);
  }
}

// The sums of one row, and which items have one.
struct Row : SparseAccumulator<double> {
  explicit Row(int64_t items) : SparseAccumulator<double>(items), met(items, -1) {}
  std::vector<int32_t> met;  // [items] the last row that met it
};

// Calls work(row, item) for each item, `row` ready to take sums.
template <class Work>
void each_row(int64_t items, const AbortFlag* abort, Work work) {
  Scratch<Row> rows([&] { return std::make_unique<Row>(items); });
  parallel_for(items, kRowsPerChunk, abort, [&](int64_t begin, int64_t end) {
    auto row = rows.take();
    for (int64_t item = begin; item < end; ++item) {
      if (aborted(abort)) fail_aborted();
      work(*row, item);
    }
    rows.give_back(std::move(row));
  });
}

}  // namespace

std::vector<double> slim_gram_begins(const CsrView& by_user, const CsrView& by_item, const AbortFlag* abort) {
  check_orders(by_user, by_item);
  const int64_t items = by_item.rows;
  std::vector<double> begins(items + 1, 0.0);
  each_row(items, abort, [&](Row& row, int64_t item) {
    int64_t count = 0;
    each_pair(by_user, by_item, item, abort, [&](int32_t other, double) {
      count += other != item && row.met[other] != item;
      row.met[other] = static_cast<int32_t>(item);
    });
    begins[item + 1] = static_cast<double>(count);
  });
  for (int64_t i = 0; i < items; ++i) begins[i + 1] += begins[i];
  return begins;
}

void slim_gram(const CsrView& by_user, const CsrView& by_item, const double* begins, int32_t* indices, float* values,
               float* diagonal, const AbortFlag* abort) {
  check_orders(by_user, by_item);
  each_row(by_item.rows, abort, [&](Row& row, int64_t item) {
    each_pair(by_user, by_item, item, abort, [&](int32_t other, double product) {
      if (row.met[other] != item) row.touched.push_back(other);
      row.met[other] = static_cast<int32_t>(item);
      row.dots[other] += product;
    });
    std::sort(row.touched.begin(), row.touched.end());
    diagonal[item] = static_cast<float>(row.dots[item]);
    int64_t at = static_cast<int64_t>(begins[item]);
    for (const int32_t other : row.touched) {
      if (other != item) {
        if (at >= static_cast<int64_t>(begins[item + 1])) fail_shape("slim_gram: expected the begins of this log.");
        indices[at] = other;
        values[at++] = static_cast<float>(row.dots[other]);
      }
      row.dots[other] = 0;
    }
    if (at != static_cast<int64_t>(begins[item + 1])) fail_shape("slim_gram: expected the begins of this log.");
    row.touched.clear();
  });
}

}  // namespace kindred
