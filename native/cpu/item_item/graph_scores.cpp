#include <algorithm>
#include <memory>
#include <vector>

#include "cpu/runtime/scratch.h"
#include "kindred/item_item/gfcf.h"
#include "kindred/linalg/gemm.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

// sums [csr.cols] += weight * row of csr
inline void add_row(double weight, const CsrView& csr, int64_t row, double* sums) {
  for (int32_t n = csr.indptr[row]; n < csr.indptr[row + 1]; ++n)
    sums[csr.indices[n]] += csr.values ? weight * csr.values[n] : weight;
}

struct Sums {
  std::vector<double> users, items;
};

}  // namespace

void graph_scores(const CsrView& histories, const CsrView& by_user, const CsrView& by_item, ConstMatrix left,
                  ConstMatrix right, double alpha, Matrix out, const AbortFlag* abort) {
  const int64_t users = by_user.rows, items = by_user.cols;
  if (histories.cols != items || by_item.rows != items || by_item.cols != users || left.rows != items ||
      right.rows != items || left.cols != right.cols || out.rows != histories.rows || out.cols != items)
    fail_shape(
        "graph_scores: expected R [users, items], its transpose, two sides [items, k] and histories over items.");
  Scratch<Sums> scratch([&] {
    return std::make_unique<Sums>(Sums{std::vector<double>(users), std::vector<double>(items)});
  });
  parallel_for(histories.rows, 1, abort, [&](int64_t begin, int64_t end) {
    auto sums = scratch.take();
    for (int64_t h = begin; h < end; ++h) {
      std::fill(sums->users.begin(), sums->users.end(), 0.0);
      std::fill(sums->items.begin(), sums->items.end(), 0.0);
      for (int32_t n = histories.indptr[h]; n < histories.indptr[h + 1]; ++n)
        add_row(histories.values ? histories.values[n] : 1.0, by_item, histories.indices[n], sums->users.data());
      for (int64_t u = 0; u < users; ++u)
        if (sums->users[u] != 0) add_row(sums->users[u], by_user, u, sums->items.data());
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
