// Gradient boosting of trees over histograms (Friedman 2001, "Greedy function approximation: a gradient boosting
// machine"; Ke et al. 2017, "LightGBM: a highly efficient gradient boosting decision tree").
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kindred/runtime/thread_pool.h"
#include "kindred/trees/bins.h"
#include "kindred/trees/ensemble.h"

namespace kindred::trees {

enum class Objective {
  log_loss,      // labels of 0 and 1, scores are log odds
  squared_error  // any labels
};

struct BoosterOptions {
  Objective objective = Objective::log_loss;
  double learning_rate = 0.1;
  int64_t leaves = 31;        // of a tree at most, at least 2
  int64_t depth = 0;          // splits from the root to a leaf at most; 0: any number
  int64_t leaf_rows = 20;     // rows of a leaf at least
  double leaf_weight = 1e-3;  // sum of second derivatives in a leaf at least
  double l2 = 0;              // added to that sum where values and gains are computed
  double gain = 0;            // a split gains more than this
  double row_share = 1;       // of the rows that a tree is grown on, drawn anew for each
  double column_share = 1;    // of the columns that a tree may ask
  uint64_t seed = 0;          // of both draws
};

// A table in bins, with a label for each row.
struct LabelledTable {
  std::vector<NumberSource> sources;  // [columns]
  const float* labels = nullptr;      // [rows]
  int64_t rows = 0;
};

// One fit: a tree more with each step. The numbers of the tables are read in the constructor alone.
//
// A tree grows leaf by leaf, always the one whose split gains most. Sums are of whole numbers, gradients in units of a
// 2^30th of the largest, hence exact whatever their order: the histogram of the larger of two siblings is that of their
// parent less the other's, and the trees have the same bits for any number of threads. A split gains
// GL^2 / (HL + l2) + GR^2 / (HR + l2) - G^2 / (H + l2), where G and H are the sums of first and second derivatives; a
// leaf has the value -learning_rate G / (H + l2). What is missing goes where the gain is greater, and where nothing was
// missing to the child with more rows.
class Booster {
 public:
  // `validation` may have no rows. Throws ERR_VALUE for options out of range or labels that the objective cannot take,
  // ERR_SHAPE, ERR_TOO_LARGE for more than 2^26 rows.
  Booster(const LabelledTable& train, const LabelledTable& validation, const EdgesView& edges,
          const BoosterOptions& options, const AbortFlag* abort);
  ~Booster();

  double base() const;  // the score before the first tree: log odds, or the mean, of the labels

  // Grows a tree. Returns the mean loss on the validation rows with it; NaN if there are none. After an abort the fit
  // is of no more use.
  double step(const AbortFlag* abort);

  double loss(const AbortFlag* abort) const;  // the mean loss on the rows that it is fitted to

  const Ensemble& ensemble() const;
  const double* scores() const;             // [rows] of the table fitted to
  const double* validation_scores() const;  // [rows] of the other one

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Mean over rows: the log loss of log odds, or the square of score - label.
double mean_loss(Objective objective, const double* scores, const float* labels, int64_t rows, const AbortFlag* abort);

}  // namespace kindred::trees
