#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "cpu/runtime/scratch.h"
#include "cpu/sparse/checked_rows.h"
#include "kindred/item_item/gfcf.h"
#include "kindred/linalg/gemm.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

// sums [columns] += weight * row
inline void add_row(double weight, const CheckedRows& rows, int64_t row, double* sums) {
  rows.each(row, [&](int32_t column, float value) { sums[column] += weight * value; });
}

// `users` is all zeros between histories.
struct Sums {
  std::vector<double> users, items;
  std::vector<int32_t> touched;  // users with a sum, while few
};

// touched = the users of the items of a history, ascending.
void note_users(const CsrView& histories, int64_t history, const CheckedRows& by_item, std::vector<int32_t>& touched) {
  touched.clear();
  for (int32_t n = histories.indptr[history]; n < histories.indptr[history + 1]; ++n)
    by_item.each(histories.indices[n], [&](int32_t user, float) { touched.push_back(user); });
  std::sort(touched.begin(), touched.end());
  touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
}

}  // namespace

void graph_scores(const CsrView& histories, const CsrView& by_user, const CsrView& by_item, ConstMatrix left,
                  ConstMatrix right, double alpha, Matrix out, const AbortFlag* abort) {
  const int64_t users = by_user.rows, items = by_user.cols;
  if (histories.cols != items || by_item.rows != items || by_item.cols != users || left.rows != items ||
      right.rows != items || left.cols != right.cols || out.rows != histories.rows || out.cols != items)
    fail_shape(
        "graph_scores: expected R [users, items], its transpose, two sides [items, k] and histories over items.");
  Scratch<Sums> scratch([&] {
    return std::make_unique<Sums>(Sums{std::vector<double>(users), std::vector<double>(items), {}});
  });
  const CheckedRows user_rows(by_user), item_rows(by_item);
  parallel_for(histories.rows, 1, abort, [&](int64_t begin, int64_t end) {
    auto sums = scratch.take();
    Poll poll(abort);
    for (int64_t h = begin; h < end; ++h) {
      std::fill(sums->items.begin(), sums->items.end(), 0.0);
      int64_t products = 0;
      for (int32_t n = histories.indptr[h]; n < histories.indptr[h + 1]; ++n) {
        const int32_t item = histories.indices[n];
        const int64_t count = item_rows.count(item);
        products += count;
        poll(count + 1);
        add_row(histories.values ? histories.values[n] : 1.0, item_rows, item, sums->users.data());
      }
      const auto add_user = [&](int64_t u) {
        poll(user_rows.count(u) + 1);
        const double sum = std::exchange(sums->users[u], 0.0);
        if (sum != 0) add_row(sum, user_rows, u, sums->items.data());
      };
      if (products * 16 < users) {  // the others need no look
        note_users(histories, h, item_rows, sums->touched);
        for (const int32_t u : sums->touched) add_user(u);
      } else {
        for (int64_t u = 0; u < users; ++u) add_user(u);
      }
      std::transform(sums->items.begin(), sums->items.end(), out.row(h),
                     [](double sum) { return static_cast<float>(sum); });
    }
    scratch.give_back(std::move(sums));
  });
  if (left.cols == 0 || alpha == 0) return;
  std::vector<float> states(histories.rows * left.cols);
  multiply(histories, left, states.data(), abort);
  gemm(static_cast<float>(alpha), ConstMatrix(states.data(), histories.rows, left.cols), Strided(right).transposed(),
       out, GemmRegion::full, abort);
}

}  // namespace kindred
