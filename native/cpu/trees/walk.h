// Trees in eight bytes a node, and the walk of several rows at once.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/trees/ensemble.h"

namespace kindred::trees {

// Goes to `left`, or to the node after it. A leaf goes to itself whatever the code.
struct PackedNode {
  int32_t left;  // counted from the root
  uint16_t column;
  uint8_t shift, bin;  // Cut
};

class PackedTrees {
 public:
  // Of trees [begin, end). Column c becomes places[c], where there are places.
  PackedTrees(const EnsembleView& ensemble, int64_t begin, int64_t end, const int32_t* places = nullptr);

  // scores[r] += the values of the leaves that row r comes to, in the order of the trees; codes [rows, stride].
  void add_scores(const uint8_t* codes, int64_t stride, int64_t rows, double* scores) const;

 private:
  struct Tree {
    const PackedNode* nodes;
    const float* values;
    int32_t depth;
  };
  std::vector<PackedNode> nodes_;
  std::vector<Tree> trees_;
};

}  // namespace kindred::trees
