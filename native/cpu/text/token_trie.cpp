#include "cpu/text/token_trie.h"

#include <algorithm>
#include <numeric>

#include "kindred/runtime/error.h"

namespace kindred {
namespace {

// Keys [begin, end) in sorted order share their first `depth` bytes and meet in `node`.
struct Task {
  int64_t begin, end;
  size_t depth;
  int32_t node;
};

constexpr int64_t kMaxNodes = int64_t{1} << 30;

}  // namespace

TokenTrie::TokenTrie(const std::vector<std::string>& keys) {
  std::vector<int32_t> order(keys.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) { return keys[a] < keys[b]; });
  nodes_.resize(512);
  nodes_[kRoot].check = kRoot;  // taken; no step leads to the root, as the base of a node with children is at least 1
  nodes_[kRoot].base = 1;
  int64_t first_free = 1;
  std::vector<Task> tasks{{0, static_cast<int64_t>(keys.size()), 0, kRoot}};
  std::vector<uint8_t> bytes;
  std::vector<int64_t> starts;
  while (!tasks.empty()) {
    const Task task = tasks.back();
    tasks.pop_back();
    bytes.clear();
    starts.clear();
    for (int64_t i = task.begin; i < task.end; ++i) {
      const std::string& key = keys[order[i]];
      if (key.size() == task.depth) {
        if (task.depth > 0) nodes_[task.node].value = order[i];
        continue;
      }
      const auto byte = static_cast<uint8_t>(key[task.depth]);
      if (!bytes.empty() && bytes.back() == byte) continue;
      bytes.push_back(byte);
      starts.push_back(i);
    }
    if (bytes.empty()) continue;
    starts.push_back(task.end);

    // The first place with room for all children. Where nearly all places are taken, the search begins behind them the
    // next time (as in Kudo's Darts).
    int64_t place = std::max<int64_t>(first_free, bytes[0] + 1), taken = 0;
    const int64_t from = place;
    for (;; ++place) {
      const int64_t base = place - bytes[0];
      if (base > kMaxNodes) throw Error("ERR_TOO_LARGE", "vocabulary: expected at most 2^30 bytes in all.");
      if (base + 512 > static_cast<int64_t>(nodes_.size()))
        nodes_.resize(std::max<size_t>(base + 512, nodes_.size() * 2));
      if (nodes_[place].check != kNone) {
        ++taken;
        continue;
      }
      const bool fits =
          std::all_of(bytes.begin(), bytes.end(), [&](uint8_t b) { return nodes_[base + b].check == kNone; });
      if (fits) break;
    }
    if (taken * 20 >= (place - from + 1) * 19) first_free = place;
    const auto base = static_cast<int32_t>(place - bytes[0]);
    nodes_[task.node].base = base;
    for (size_t c = 0; c < bytes.size(); ++c) nodes_[base + bytes[c]].check = task.node;
    for (size_t c = bytes.size(); c-- > 0;)
      tasks.push_back({starts[c], starts[c + 1], task.depth + 1, base + bytes[c]});
  }
  const auto last = std::find_if(nodes_.rbegin(), nodes_.rend(), [](const Node& n) { return n.check != kNone; });
  nodes_.resize(nodes_.rend() - last + 256);
  nodes_.shrink_to_fit();
}

}  // namespace kindred
