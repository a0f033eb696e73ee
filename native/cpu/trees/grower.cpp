#include "cpu/trees/grower.h"

#include <algorithm>
#include <cstring>
#include <queue>
#include <utility>

#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred::trees {
namespace {

constexpr int64_t kRowsPerPart = 1 << 14;  // rows that are worth a histogram of their own
constexpr int64_t kRowsPerPoll = 1 << 16;  // between two looks at the abort flag
constexpr int64_t kAlone = 1 << 14;        // numbers to look at that are not worth waking a thread for
constexpr int64_t kTasksPerThread = 4;

// A loop of which the whole is `work` numbers to look at.
template <class Body>
void loop(int64_t n, int64_t work, const AbortFlag* abort, const Body& body) {
  if (work > kAlone) return parallel_for(n, 1, abort, [&](int64_t i, int64_t) { body(i); });
  if (aborted(abort)) fail_aborted();
  for (int64_t i = 0; i < n; ++i) body(i);
}

// Rows of [0, count) in the order that they had: those that go left at `left`, which may be `rows`, the others at
// `right`. Returns how many go left.
int64_t divide(const int32_t* rows, int64_t count, const uint8_t* codes, int64_t width, Cut cut, int32_t* left,
               int32_t* right) {
  int32_t* const first = left;
  for (int64_t i = 0; i < count; ++i) {
    const int32_t row = rows[i];
    const bool goes_right = cut.right(codes[row * width]);
    *left = row;
    *right = row;
    left += !goes_right;
    right += goes_right;
  }
  return left - first;
}

}  // namespace

const std::vector<GrownNode>& Grower::grow(const Derivatives* derivatives, const Units& units,
                                           const std::vector<uint8_t>& active, const AbortFlag* abort) {
  derivatives_ = derivatives;
  units_ = units;
  active_ = &active;
  abort_ = abort;
  groups_.clear();
  for (int64_t c = 0; c < table_.columns; ++c)
    if (const int64_t group = c / table_.width; active[c] && (groups_.empty() || groups_.back() != group))
      groups_.push_back(group);
  spare_.resize(rows_.size() + 1);  // one more: divide() writes where it does not stay
  nodes_.clear();
  nodes_.reserve(2 * options_.leaves);
  free_.clear();
  for (size_t slot = 0; slot < slots_.size(); ++slot) free_.push_back(static_cast<int64_t>(slot));

  nodes_.emplace_back();
  nodes_[0].count = static_cast<int64_t>(rows_.size());
  add_up_root();
  if (may_split(nodes_[0])) {
    nodes_[0].slot = take_slot();
    find_splits(nodes_[0], nullptr, -1);
  }
  // The largest gain first, of equal ones the node that came first.
  std::priority_queue<std::pair<double, int32_t>> wanting;
  const auto want = [&](int32_t node) {
    if (nodes_[node].split.column >= 0) wanting.push({nodes_[node].split.gain, -node});
  };
  want(0);
  for (int64_t leaves = 1; leaves < options_.leaves && !wanting.empty(); ++leaves) {
    const int32_t node = -wanting.top().second;
    wanting.pop();
    split(node);
    GrownNode &left = nodes_[nodes_[node].left], &right = nodes_[nodes_[node].left + 1];
    GrownNode &counted = left.count <= right.count ? left : right, &rest = &counted == &left ? right : left;
    const bool last = leaves + 1 == options_.leaves;
    if (!last && (may_split(counted) || may_split(rest))) {
      counted.slot = take_slot();
      find_splits(counted, &rest, std::exchange(nodes_[node].slot, -1));
      want(nodes_[node].left);
      want(nodes_[node].left + 1);
    }
    free_slot(nodes_[node]);
    if (left.split.column < 0) free_slot(left);
    if (right.split.column < 0) free_slot(right);
  }
  return nodes_;
}

void Grower::add_up_root() {
  GrownNode& root = nodes_[0];
  const int64_t chunks = (root.count + kRowsPerPart - 1) / kRowsPerPart;
  std::vector<Sums> sums(chunks, Sums{});
  loop(chunks, root.count, abort_, [&](int64_t chunk) {
    Sums sum{};
    for (int64_t i = chunk * kRowsPerPart; i < std::min((chunk + 1) * kRowsPerPart, root.count); ++i) {
      const Derivatives of = derivatives_[rows_[i]];
      sum += Sums{of.first, units_.one_row() + of.second};
    }
    sums[chunk] = sum;
  });
  for (const Sums sum : sums) root.sums += sum;
}

bool Grower::may_split(const GrownNode& node) const {
  return node.count >= 2 && node.count >= 2 * options_.leaf_rows &&
         (options_.depth == 0 || node.depth < options_.depth);
}

void Grower::split(int32_t at) {
  const int64_t left_count = partition(nodes_[at]);
  GrownNode& node = nodes_[at];
  GrownNode left, right;
  left.begin = node.begin;
  left.count = left_count;
  right.begin = node.begin + left_count;
  right.count = node.count - left_count;
  left.depth = right.depth = node.depth + 1;
  left.sums = node.split.left;
  right.sums = node.sums - left.sums;
  node.left = static_cast<int32_t>(nodes_.size());
  nodes_.push_back(left);  // within the memory reserved: references stay
  nodes_.push_back(right);
}

int64_t Grower::partition(GrownNode& node) {
  const Cut cut(node.split.bin, node.split.missing_left);
  const uint8_t* const codes = table_.column(node.split.column);
  int32_t* const rows = rows_.data() + node.begin;
  int32_t* const spare = spare_.data() + node.begin;
  const int64_t width = table_.width, left = units_.rows_of(node.split.left);
  if (node.count <= kRowsPerPart) {
    divide(rows, node.count, codes, width, cut, rows, spare);
    std::copy_n(spare, node.count - left, rows + left);
    return left;
  }
  // Each chunk in its own place, then all in theirs. What divide() writes in vain must not be what another chunk wrote.
  const int64_t chunks = (node.count + kRowsPerPart - 1) / kRowsPerPart;
  const auto size = [&](int64_t chunk) { return std::min(kRowsPerPart, node.count - chunk * kRowsPerPart); };
  std::vector<int64_t> lefts(chunks), places(chunks);
  parallel_for(chunks, 1, abort_, [&](int64_t chunk, int64_t) {
    const int64_t begin = chunk * kRowsPerPart;
    int32_t right[kRowsPerPart + 1];
    lefts[chunk] = divide(rows + begin, size(chunk), codes, width, cut, rows + begin, right);
    std::copy_n(rows + begin, lefts[chunk], spare + begin);
    std::copy_n(right, size(chunk) - lefts[chunk], spare + begin + lefts[chunk]);
  });
  for (int64_t chunk = 1; chunk < chunks; ++chunk) places[chunk] = places[chunk - 1] + lefts[chunk - 1];
  parallel_for(chunks, 1, abort_, [&](int64_t chunk, int64_t) {
    const int64_t begin = chunk * kRowsPerPart;
    std::copy_n(spare + begin, lefts[chunk], rows + places[chunk]);
    std::copy_n(spare + begin + lefts[chunk], size(chunk) - lefts[chunk], rows + left + begin - places[chunk]);
  });
  return left;
}

int64_t Grower::take_slot() {
  if (free_.empty()) {
    slots_.emplace_back(slot_size());
    return static_cast<int64_t>(slots_.size()) - 1;
  }
  const int64_t slot = free_.back();
  free_.pop_back();
  return slot;
}

void Grower::free_slot(GrownNode& node) {
  if (node.slot >= 0) free_.push_back(std::exchange(node.slot, -1));
}

void Grower::clear(Sums* histogram, int64_t group) const {
  for (int64_t c = 0; c < table_.width; ++c) {
    const int64_t column = group * table_.width + c;
    std::fill_n(histogram + c * kBins, column < table_.columns ? table_.bins[column] : 1, Sums{});
  }
}

// The histogram of `counted` is counted, that of its sibling is their parent's less that, in place. Finds the best
// split of both.
void Grower::find_splits(GrownNode& counted, GrownNode* rest, int64_t parent_slot) {
  Sums* const histogram = slots_[counted.slot].data();
  Sums* const parent = rest ? slots_[rest->slot = parent_slot].data() : nullptr;
  const int64_t groups = static_cast<int64_t>(groups_.size());
  if (groups == 0) return;
  const int64_t wanted = (kTasksPerThread * thread_count() + groups - 1) / groups;
  const int64_t chunks =
      thread_count() == 1 ? 1 : std::clamp<int64_t>(std::min(wanted, counted.count / kRowsPerPart), 1, 1024);
  if (chunks > 1) count_chunked(counted, histogram, chunks);

  struct Best {
    Split counted, rest;
  };
  std::vector<Best> best(groups);
  const int64_t work = (counted.count + kBins) * groups * table_.width;
  loop(groups, work, abort_, [&](int64_t g) {
    const int64_t group = groups_[g], at = group * table_.width * kBins;
    if (chunks == 1) {
      clear(histogram + at, group);
      for (int64_t begin = 0; begin < counted.count; begin += kRowsPerPoll) {
        if (aborted(abort_)) fail_aborted();
        add_to_histogram(table_, group, rows_.data() + counted.begin + begin, 0,
                         std::min(kRowsPerPoll, counted.count - begin), derivatives_, units_.one_row(), histogram + at);
      }
    }
    for (int64_t column = group * table_.width; column < std::min((group + 1) * table_.width, table_.columns);
         ++column) {
      Sums* const own = histogram + column * kBins;
      const int64_t bins = table_.bins[column];
      if (chunks > 1)
        for (int64_t part = 1; part < chunks; ++part)
          for (int64_t bin = 0; bin < bins; ++bin) own[bin] += parts_[part - 1][column * kBins + bin];
      if (rest)
        for (int64_t bin = 0; bin < bins; ++bin) parent[column * kBins + bin] -= own[bin];
      if (!(*active_)[column]) continue;
      const auto find = [&](const GrownNode& node, const Sums* of, Split& found) {
        if (may_split(node)) find_split(of, bins, static_cast<int32_t>(column), node.sums, units_, options_, found);
      };
      find(counted, own, best[g].counted);
      if (rest) find(*rest, parent + column * kBins, best[g].rest);
    }
  });
  for (const Best& each : best) {
    if (each.counted.gain > counted.split.gain) counted.split = each.counted;
    if (rest && each.rest.gain > rest->split.gain) rest->split = each.rest;
  }
}

// Histograms of chunks of the rows: the first in `histogram`, the others in parts_.
void Grower::count_chunked(const GrownNode& node, Sums* histogram, int64_t chunks) {
  while (static_cast<int64_t>(parts_.size()) < chunks - 1) parts_.emplace_back(slot_size());
  parallel_for(static_cast<int64_t>(groups_.size()) * chunks, 1, abort_, [&](int64_t task, int64_t) {
    const int64_t group = groups_[task / chunks], chunk = task % chunks;
    Sums* const out = (chunk == 0 ? histogram : parts_[chunk - 1].data()) + group * table_.width * kBins;
    clear(out, group);
    const int64_t end = (chunk + 1) * node.count / chunks;
    for (int64_t begin = chunk * node.count / chunks; begin < end; begin += kRowsPerPoll) {
      if (aborted(abort_)) fail_aborted();
      add_to_histogram(table_, group, rows_.data() + node.begin + begin, 0, std::min(kRowsPerPoll, end - begin),
                       derivatives_, units_.one_row(), out);
    }
  });
}

}  // namespace kindred::trees
