#include "cpu/trees/walk.h"

#include <algorithm>

#include "cpu/trees/split.h"

namespace kindred::trees {
namespace {

constexpr int kAtOnce = 8;  // rows whose walks hide each other's waiting

inline int32_t next(const PackedNode& node, const uint8_t* codes) {
  return node.left + (static_cast<uint8_t>(codes[node.column] - node.shift) > node.bin);
}

}  // namespace

PackedTrees::PackedTrees(const EnsembleView& ensemble, int64_t begin, int64_t end, const int32_t* places) {
  const int32_t first = ensemble.offsets[begin];
  nodes_.resize(ensemble.offsets[end] - first);
  std::vector<int32_t> depths;
  for (int64_t t = begin; t < end; ++t) {
    const int32_t root = ensemble.offsets[t], count = ensemble.offsets[t + 1] - root;
    depths.assign(count, 0);
    int32_t depth = 0;
    for (int32_t n = 0; n < count; ++n) {
      PackedNode& node = nodes_[root - first + n];
      const int32_t column = ensemble.columns[root + n], left = ensemble.lefts[root + n];
      if (column < 0) {
        node = {n, 0, 0, 255};
        depth = std::max(depth, depths[n]);
        continue;
      }
      const Cut cut(ensemble.bins[root + n], ensemble.missing_left[root + n] != 0);
      node = {left, static_cast<uint16_t>(places ? places[column] : column), cut.shift, cut.bin};
      depths[left] = depths[left + 1] = depths[n] + 1;
    }
    trees_.push_back({nodes_.data() + (root - first), ensemble.values + root, depth});
  }
}

void PackedTrees::add_scores(const uint8_t* codes, int64_t stride, int64_t rows, double* scores) const {
  for (const Tree& tree : trees_) {
    int64_t r = 0;
    for (; r + kAtOnce <= rows; r += kAtOnce) {
      int32_t at[kAtOnce] = {};
      for (int32_t step = 0; step < tree.depth; ++step)
        for (int k = 0; k < kAtOnce; ++k) at[k] = next(tree.nodes[at[k]], codes + (r + k) * stride);
      for (int k = 0; k < kAtOnce; ++k) scores[r + k] += static_cast<double>(tree.values[at[k]]);
    }
    for (; r < rows; ++r) {
      int32_t at = 0;
      for (int32_t step = 0; step < tree.depth; ++step) at = next(tree.nodes[at], codes + r * stride);
      scores[r] += static_cast<double>(tree.values[at]);
    }
  }
}

}  // namespace kindred::trees
