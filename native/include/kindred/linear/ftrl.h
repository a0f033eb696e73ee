// Logistic regression and factorization machines learnt from one row after another by FTRL-Proximal (McMahan et al.
// 2013, "Ad Click Prediction: a View from the Trenches", algorithm 1; the factors of Rendle 2010 by the same rule, as
// in Ta 2015, "Factorization machines with follow-the-regularized-leader for CTR prediction in display advertising").
#pragma once

#include <cstdint>

#include "kindred/runtime/thread_pool.h"

namespace kindred {

// Rows of entries: which cell each weight is in, and the value that it is multiplied by. Two entries of a row may share
// a cell, where categories were hashed: both gradients are then those of the weight before the row, and both count.
struct FtrlRows {
  int64_t rows = 0;
  const int32_t* offsets = nullptr;  // [rows + 1], from 0
  const int32_t* cells = nullptr;    // [offsets[rows]]
  const float* values = nullptr;     // [offsets[rows]], or null: all are 1
  // Whether cells are indices, any numbers, each of which has the cell that ftrl_hash gives it: it is computed with the
  // row, where all entries are of one field and each row has one. The cells of the state are a power of 2 then.
  bool is_hashed = false;
  uint32_t salt = 0;
};

// What is known of each weight: z, the sum of its gradients less what the steps have used up, and n, the sum of their
// squares. The weight is a function of both; it is 0 where |z| <= l1.
struct FtrlState {
  int64_t cells = 0;
  int64_t dims = 0;          // of the factors; 0: logistic regression
  float* weights = nullptr;  // [cells + 1, 2], z and n of each; the last is the bias, which has no penalty
  float* factors = nullptr;  // [cells, 2, dims], z of all dims, then n
};

struct FtrlSettings {
  float alpha = 0.1f;  // the step
  float beta = 1;      // what makes first steps smaller
  float l1 = 0;        // of weights; factors have none
  float l2 = 0;
};

// Learns from rows, one after another, on the thread that calls. labels [rows] are 0 or 1. Returns the sum over the
// rows of the log loss of the prediction before the step (progressive validation, section 4 of the paper). Throws
// ERR_SHAPE for offsets or cells out of range, ERR_NOT_FINITE where a prediction is no number, naming the row.
double ftrl_learn(const FtrlRows& rows, const float* labels, FtrlState& state, const FtrlSettings& settings,
                  const AbortFlag* abort);

// Takes over from `from`, which has as many cells and dims, what `cells` [count] have there, and the bias; all of it
// where `cells` is null. Throws ERR_SHAPE for a cell out of range.
void ftrl_follow(const FtrlState& from, const int32_t* cells, int64_t count, FtrlState& state, const AbortFlag* abort);

// Rows of sparse features, each of which has the cell that a hash of its index gives.
struct FtrlFeatures {
  int64_t rows = 0;
  const int32_t* offsets = nullptr;  // [rows + 1], from 0
  const int32_t* indices = nullptr;  // [offsets[rows]]
  const float* values = nullptr;     // [offsets[rows]]
  uint32_t salt = 0;
  int32_t missing = 0;  // the cell of a row without any feature
  int64_t cells = 0;    // a power of 2, at most 2^30
};

// What was met: rows without a feature, entries of cells of which nothing is known, the first row with a value that is
// no finite number, or -1.
struct FtrlMet {
  int64_t missing = 0, unseen = 0, wrong = -1;
};

// Puts the entries of row r to next[r] and what follows, and moves next[r] on; `length` is that of cells, and of
// values. A row without a feature has one entry, of value 1. The cell of index i is mixed(salt ^ mixed(i ^ 0x5bd1e995))
// modulo the cells, with the finaliser of MurmurHash3. Without `weights` (z and n of each cell) nothing counts as
// unseen; without `values` they stay where they are. Throws ERR_SHAPE for offsets or places out of range.
FtrlMet ftrl_hash(const FtrlFeatures& features, const float* weights, int32_t* next, int64_t length, int32_t* cells,
                  float* values, const AbortFlag* abort);

// out [rows] = probabilities. Throws as ftrl_learn.
void ftrl_predict(const FtrlRows& rows, const FtrlState& state, const FtrlSettings& settings, float* out,
                  const AbortFlag* abort);

}  // namespace kindred
