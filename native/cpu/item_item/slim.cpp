#include "kindred/item_item/slim.h"

#include <algorithm>
#include <cmath>

#include "cpu/item_item/active_set.h"
#include "cpu/runtime/scratch.h"
#include "cpu/search/best_list.h"
#include "cpu/sparse/csr_of_lists.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr int64_t kItemsPerChunk = 4;
constexpr size_t kFirst = 64;    // items that the active set starts with, and takes in at least
constexpr double kRough = 0.02;  // the tolerance while others still wait to be taken in

// The elastic net of one item after the other.
class ElasticNet {
 public:
  ElasticNet(const SlimGram& gram, const SlimOptions& options)
      : gram_(gram), options_(options), gradients_(gram.items), active_(gram) {}

  // Whether the weights of `item` have converged.
  bool solve(int64_t item, const AbortFlag* abort) {
    active_.clear();
    bool fine = false, settled = true;  // whether the last sweeps were to the tolerance asked for, and came to it
    for (;;) {
      Poll poll(abort);
      write_gradients(item, poll);
      find_wanting(item);
      if (wanting_.empty() && (fine || active_.size() == 0)) return settled;
      const size_t count = std::min(wanting_.size(), std::max(kFirst, static_cast<size_t>(active_.size())));
      fine = count == wanting_.size();
      if (!fine) std::nth_element(wanting_.begin(), wanting_.begin() + (count - 1), wanting_.end(), gains_more);
      wanting_.resize(count);
      std::sort(wanting_.begin(), wanting_.end(), [](const Wanting& a, const Wanting& b) { return a.item < b.item; });
      for (const Wanting& one : wanting_) active_.add(one.item);
      active_.begin_sweeps(gradients_.data(), poll);
      anywhere_ |= !active_.in_block();
      settled = sweep(fine ? options_.tolerance : std::max(options_.tolerance, kRough), abort);
    }
  }

  // The largest weights, by item.
  std::vector<Scored> list() const {
    BestList best(std::min(options_.neighbors, gram_.items));
    for (int64_t a = 0; a < active_.size(); ++a)
      if (const float weight = static_cast<float>(active_.weight(a)); weight > 0) best.push({weight, active_.item(a)});
    return by_item(best);
  }

 private:
  // An item that would take a weight, and about twice what the objective would lose by that.
  struct Wanting {
    int32_t item;
    double gain;
  };
  static bool gains_more(const Wanting& a, const Wanting& b) {
    return a.gain > b.gain || (a.gain == b.gain && a.item < b.item);
  }

  // Whether the weights of the active set came to the tolerance.
  bool sweep(double tolerance, const AbortFlag* abort) {
    for (int sweeps = 0; sweeps < options_.iterations; ++sweeps) {
      if (aborted(abort)) fail_aborted();
      if (active_.sweep(options_.l1, options_.l2, abort) <= tolerance * active_.largest()) return true;
    }
    return false;
  }

  // X'(X_j - X w) of all items.
  void write_gradients(int64_t item, Poll& poll) {
    if (anywhere_)
      std::fill(gradients_.begin(), gradients_.end(), 0.0);
    else
      for (const int32_t i : touched_) gradients_[i] = 0;
    note_touched(item);
    add_row(item, 1);
    for (int64_t a = 0; a < active_.size(); ++a) {
      if (active_.weight(a) == 0) continue;
      poll(begin_of(active_.item(a) + 1) - begin_of(active_.item(a)) + 1);
      gradients_[active_.item(a)] -= active_.weight(a) * static_cast<double>(gram_.diagonal[active_.item(a)]);
      add_row(active_.item(a), -active_.weight(a));
    }
  }

  void add_row(int64_t item, double weight) {
    for (int64_t n = begin_of(item); n < begin_of(item + 1); ++n)
      gradients_[gram_.indices[n]] += weight * static_cast<double>(gram_.values[n]);
  }

  // The items whose gradients the rows of `item` and of those with a weight change, unless these are too many to tell.
  void note_touched(int64_t item) {
    const auto each_row = [&](auto visit) {
      visit(item);
      for (int64_t a = 0; a < active_.size(); ++a)
        if (active_.weight(a) != 0) visit(active_.item(a));
    };
    int64_t entries = 0;
    each_row([&](int64_t row) { entries += begin_of(row + 1) - begin_of(row) + 1; });
    touched_.clear();
    anywhere_ = entries * 16 >= gram_.items;
    if (anywhere_) return;
    each_row([&](int64_t row) {
      touched_.push_back(static_cast<int32_t>(row));
      touched_.insert(touched_.end(), gram_.indices + begin_of(row), gram_.indices + begin_of(row + 1));
    });
    std::sort(touched_.begin(), touched_.end());
    touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
  }

  int64_t begin_of(int64_t item) const { return static_cast<int64_t>(gram_.begins[item]); }

  // The items outside the active set whose step would exceed the tolerance.
  void find_wanting(int64_t item) {
    wanting_.clear();
    const double least = options_.tolerance * active_.largest();
    const auto look_at = [&](int64_t i) {
      const double excess = gradients_[i] - options_.l1, size = static_cast<double>(gram_.diagonal[i]) + options_.l2;
      if (!(excess > 0) || !(size > 0) || i == item || active_.has(i)) return;
      if (excess / size > least) wanting_.push_back({static_cast<int32_t>(i), excess * excess / size});
    };
    if (anywhere_)
      for (int64_t i = 0; i < gram_.items; ++i) look_at(i);
    else
      for (const int32_t i : touched_) look_at(i);
  }

  const SlimGram gram_;
  const SlimOptions options_;
  std::vector<double> gradients_;  // [items]
  bool anywhere_ = false;          // whether gradients other than 0 may be anywhere, or at touched_ alone
  std::vector<int32_t> touched_;   // ascending
  std::vector<Wanting> wanting_;
  ActiveSet active_;
};

void check_gram(const SlimGram& gram, const AbortFlag* abort) {
  parallel_for(gram.items, kItemsPerChunk, abort, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i)
      for (auto n = static_cast<int64_t>(gram.begins[i]); n < static_cast<int64_t>(gram.begins[i + 1]); ++n)
        if (gram.indices[n] < 0 || gram.indices[n] >= gram.items)
          fail_shape("gram: expected indices of its " + std::to_string(gram.items) + " items but row " +
                     std::to_string(i) + " holds " + std::to_string(gram.indices[n]) + ".");
  });
}

}  // namespace

SlimWeights slim_weights(const SlimGram& gram, int64_t begin, int64_t end, const SlimOptions& options,
                         const AbortFlag* abort) {
  if (begin < 0 || end < begin || end > gram.items) fail_shape("slim_weights: expected a range of the items.");
  if (!(options.l1 >= 0) || !(options.l2 >= 0)) fail_value("slim: expected penalties of at least 0.");
  if (options.neighbors < 1) fail_value("neighbors: expected at least 1.");
  check_gram(gram, abort);
  std::vector<std::vector<Scored>> lists(end - begin);
  std::atomic<int64_t> not_converged{0};
  Scratch<ElasticNet> nets([&] { return std::make_unique<ElasticNet>(gram, options); });
  parallel_for(end - begin, kItemsPerChunk, abort, [&](int64_t first, int64_t last) {
    auto net = nets.take();
    for (int64_t j = first; j < last; ++j) {
      not_converged += !net->solve(begin + j, abort);
      lists[j] = net->list();
    }
    nets.give_back(std::move(net));
  });
  return {csr_of_lists(lists, gram.items, abort), not_converged};
}

}  // namespace kindred
