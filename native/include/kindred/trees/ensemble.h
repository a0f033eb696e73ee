// Trees as arrays, and what they say of rows.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/runtime/thread_pool.h"
#include "kindred/trees/bins.h"

namespace kindred::trees {

// The nodes of all trees, one tree after another, the root of each first. The children of a node are next to each other
// and come after it, so that every walk ends.
struct Ensemble {
  std::vector<int32_t> offsets{0};    // [trees + 1]: where the nodes of each tree begin
  std::vector<int32_t> columns;       // [nodes]: the column that is asked, -1 for a leaf
  std::vector<int32_t> lefts;         // [nodes]: the left child, counted from the root; the right one is next. 0: leaf
  std::vector<uint8_t> bins;          // [nodes]: numbers of bins up to it go left
  std::vector<uint8_t> missing_left;  // [nodes]: 1 where a missing number goes left
  std::vector<float> values;          // [nodes]: what a leaf adds to the score
  std::vector<float> gains;           // [nodes]: by how much a split lowers the loss, twice, in the second order
  std::vector<int32_t> rows;          // [nodes]: rows that came here when the tree was grown

  int64_t trees() const { return static_cast<int64_t>(offsets.size()) - 1; }
};

struct EnsembleView {
  const int32_t* offsets = nullptr;
  int64_t trees = 0;
  const int32_t* columns = nullptr;
  const int32_t* lefts = nullptr;
  const uint8_t* bins = nullptr;
  const uint8_t* missing_left = nullptr;
  const float* values = nullptr;
  int64_t nodes = 0;
};

EnsembleView view_of(const Ensemble& ensemble);

// Throws ERR_VALUE, naming the tree and the node, for trees that could not be walked: offsets that do not ascend from 0
// to `nodes`, a child that is not after its node or beyond the tree or has another parent too, a node that is no node's
// child, a column that there is not, a bin that its column has not, a value that is not finite.
void check_ensemble(const EnsembleView& ensemble, const EdgesView& edges);

// out[r] = base + the values of the leaves that row r comes to, added in the order of the trees, in double. Columns
// that no tree asks are not read. `sources` has as many columns as `edges`. Throws ERR_SHAPE, and what the checks above
// throw.
void ensemble_scores(const EnsembleView& ensemble, const EdgesView& edges, const std::vector<NumberSource>& sources,
                     int64_t rows, double base, double* out, const AbortFlag* abort);

// The same as numbers that a loss is of: probabilities, the logistic function of scores, where `logistic`; else scores,
// cut to [0, 1].
void ensemble_predict(const EnsembleView& ensemble, const EdgesView& edges, const std::vector<NumberSource>& sources,
                      int64_t rows, double base, bool logistic, float* out, const AbortFlag* abort);

}  // namespace kindred::trees
