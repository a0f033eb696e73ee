#include "kindred/item_item/random_walk.h"

#include <algorithm>
#include <cmath>

#include "cpu/runtime/scratch.h"
#include "cpu/sparse/csr_of_lists.h"
#include "cpu/sparse/sparse_accumulator.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr int64_t kRowsPerChunk = 8;
constexpr int64_t kWorkOfPower = 16;

double weight_at(const CsrView& csr, int32_t n) { return csr.values ? static_cast<double>(csr.values[n]) : 1.0; }

// The transition probabilities of three steps, each to the power alpha.
class Walk {
 public:
  Walk(const CsrView& by_user, const CsrView& by_item, const WalkOptions& options, const AbortFlag* abort)
      : by_user_(by_user),
        by_item_(by_item),
        options_(options),
        abort_(abort),
        onward_(by_user.nonzeros()),
        back_(by_item.rows) {
    Poll poll(abort);
    for (int64_t u = 0; u < by_user.rows; ++u) {
      poll(by_user.indptr[u + 1] - by_user.indptr[u] + 1);
      double sum = 0;
      for (int32_t n = by_user.indptr[u]; n < by_user.indptr[u + 1]; ++n) sum += std::max(weight_at(by_user, n), 0.0);
      for (int32_t n = by_user.indptr[u]; n < by_user.indptr[u + 1]; ++n) {
        poll(kWorkOfPower);
        const double weight = weight_at(by_user, n);
        onward_[n] = weight > 0 ? std::pow(weight / sum, options.alpha) : 0.0;
      }
    }
    popularity_.assign(by_item.rows, 1.0);
    for (int64_t i = 0; i < by_item.rows; ++i) {
      poll(by_item.indptr[i + 1] - by_item.indptr[i] + kWorkOfPower);
      int64_t users = 0;
      for (int32_t n = by_item.indptr[i]; n < by_item.indptr[i + 1]; ++n) users += weight_at(by_item, n) > 0;
      back_[i] = users == 0 ? 0.0 : std::pow(1.0 / static_cast<double>(users), options.alpha);
      if (users > 0) popularity_[i] = std::pow(static_cast<double>(users), -options.beta);
    }
  }

  // The largest weights of row `item`, by column.
  std::vector<Scored> row(int64_t item, SparseAccumulator<double>& accumulator) const {
    BestList best(std::min(options_.neighbors, by_item_.rows));
    double* const sums = accumulator.dots.data();
    Poll poll(abort_);
    for (int32_t n = by_item_.indptr[item]; n < by_item_.indptr[item + 1]; ++n) {
      if (!(weight_at(by_item_, n) > 0)) continue;
      const int32_t user = by_item_.indices[n];
      poll(by_user_.indptr[user + 1] - by_user_.indptr[user]);
      for (int32_t m = by_user_.indptr[user]; m < by_user_.indptr[user + 1]; ++m) {
        const int32_t to = by_user_.indices[m];
        if (sums[to] == 0) accumulator.touched.push_back(to);
        sums[to] += back_[item] * onward_[m];
      }
    }
    for (const int32_t to : accumulator.touched) {
      const float weight = static_cast<float>(sums[to] * popularity_[to]);
      if (to != item && weight > 0) best.push({weight, to});
      sums[to] = 0;  // an item that was noted twice counts once
    }
    accumulator.touched.clear();
    std::vector<Scored> list = by_item(best);
    if (options_.normalize) {
      double total = 0;
      for (const Scored& scored : list) total += scored.score;
      for (Scored& scored : list) scored.score = static_cast<float>(scored.score / total);
    }
    return list;
  }

 private:
  const CsrView by_user_, by_item_;
  const WalkOptions options_;
  const AbortFlag* const abort_;
  std::vector<double> onward_;      // [nonzeros] of by_user: user -> item
  std::vector<double> back_;        // [items] item -> each of its users
  std::vector<double> popularity_;  // [items] what a weight is multiplied by for the item reached
};

}  // namespace

Csr walk_weights(const CsrView& by_user, const CsrView& by_item, const WalkOptions& options, const AbortFlag* abort) {
  if (by_user.cols != by_item.rows || by_user.rows != by_item.cols)
    fail_shape("walk_weights: expected the log by user and by item.");
  if (!(options.alpha >= 0) || !(options.beta >= 0)) fail_value("alpha, beta: expected at least 0.");
  if (options.neighbors < 1) fail_value("neighbors: expected at least 1.");
  const Walk walk(by_user, by_item, options, abort);
  Scratch<SparseAccumulator<double>> accumulators(
      [&] { return std::make_unique<SparseAccumulator<double>>(by_item.rows); });
  std::vector<std::vector<Scored>> lists(by_item.rows);
  parallel_for(by_item.rows, kRowsPerChunk, abort, [&](int64_t begin, int64_t end) {
    auto accumulator = accumulators.take();
    for (int64_t i = begin; i < end; ++i) {
      if (aborted(abort)) fail_aborted();
      lists[i] = walk.row(i, *accumulator);
    }
    accumulators.give_back(std::move(accumulator));
  });
  const Csr columns = transpose(csr_of_lists(lists, by_item.rows, abort).view(), abort);
  return transpose(best_of_rows(columns.view(), options.neighbors, abort).view(), abort);
}

}  // namespace kindred
