// Softmax cross-entropy over a large vocabulary.
#pragma once

#include "kindred/linalg/gemm.h"

namespace kindred::nn {

// Classes that rows cannot have: ids [rows, width], negative ones for none.
struct ExcludedClasses {
  const int32_t* ids = nullptr;
  int64_t width = 0;
};

// ERR_VALUE for an id that is no class.
void check_excluded(const ExcludedClasses& excluded, int64_t rows, int64_t classes);

// Logits x w' + bias of rows of states x [rows, dims] over w [classes, dims], bias [classes] or null. Never more of
// them than a block are in memory: the gradient computes them again.
struct LargeSoftmax {
  ConstMatrix x, w;
  const float* bias;
  const int32_t* labels;  // [rows]; rows with a negative one cost nothing, ERR_VALUE for another that is no class
  const float* factors = nullptr;  // [rows], what a row's loss is multiplied by, of either sign; null: 1
  ExcludedClasses excluded = {};   // their probability is 0; a row's own label always counts
};

// The mean over the rows with a label of -ln softmax(logits)[label] times the row's factor, 0 where there is none.
// losses [rows] gets each row's before its factor, 0 without a label: what the gradient needs. ERR_VALUE for an
// excluded id that is no class.
float linear_cross_entropy(const LargeSoftmax& of, float* losses, GemmScratch& scratch, const AbortFlag* abort);

// Times dloss: dx [rows, dims], dw [classes, dims], dbias [classes]; each may be null, and then costs nothing.
struct LargeSoftmaxGradient {
  float* dx;
  float* dw;
  float* dbias;
};
void linear_cross_entropy_gradient(const LargeSoftmax& of, const float* losses, float dloss, LargeSoftmaxGradient out,
                                   GemmScratch& scratch, const AbortFlag* abort);

// The loss, and its gradient times 1, in one pass: three products in place of four, with logits of some rows and all
// classes in memory; beyond 2^16 classes it is the two above.
float linear_cross_entropy_with_gradient(const LargeSoftmax& of, LargeSoftmaxGradient out, GemmScratch& scratch,
                                         const AbortFlag* abort);

// A class for each row, drawn from softmax(x w' + bias) without those that are excluded. The number by which row r is
// drawn depends on the seed and r alone. No more logits than 4 MiB are in memory.
struct LinearSampling {
  ConstMatrix x, w;
  const float* bias;
  ExcludedClasses excluded;
  uint64_t seed;
};

// In [0, 1): a row gets the first class at which the sum of probabilities exceeds it.
float sampling_number(uint64_t seed, int64_t row);

// out [rows]; ERR_VALUE where every class is excluded, ERR_NOT_FINITE for logits that are no finite numbers
void sample_linear(const LinearSampling& of, int32_t* out, GemmScratch& scratch, const AbortFlag* abort);

// Sampled softmax: of row r the classes are its own, row r of w [rows + samples, dims], and those of the samples, the
// rows after them. ids [rows + samples] are the classes' numbers: a sample that is a row's own class does not count
// for it. bias [rows + samples] or null is added. log_q [rows + samples] or null, the logarithms of the probabilities
// of being sampled, are taken away (Bengio and Senecal 2008; Jean et al. 2015, section 3).
struct SampledSoftmax {
  ConstMatrix x, w;
  const float* bias;
  const float* log_q;
  const int32_t* ids;
};

// The mean over rows of -ln of the own class's probability; p [rows, samples] and own [rows] get the probabilities of
// samples and of the own class less 1, which the gradient needs.
float sampled_softmax(const SampledSoftmax& of, Matrix p, float* own, GemmScratch& scratch, const AbortFlag* abort);

// Times dloss: dx [rows, dims], dw [rows + samples, dims], dbias [rows + samples]
void sampled_softmax_gradient(const SampledSoftmax& of, ConstMatrix p, const float* own, float dloss, Matrix dx,
                              Matrix dw, float* dbias, GemmScratch& scratch, const AbortFlag* abort);

}  // namespace kindred::nn
