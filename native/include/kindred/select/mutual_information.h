// How much a column says about a target, in nats.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

struct MutualInformationOptions {
  bool discrete_target = true;  // whether the target is classes, or numbers
  int64_t neighbors = 3;        // of each row, where something is continuous
  uint64_t seed = 0;            // of the noise that tells equal numbers apart
};

// Mutual information [end - begin] of the target [x.rows] with the columns [begin, end) of x, of which discrete
// [x.cols] says whether each is classes. Of two discrete ones: exact, from their counts. Of one: Ross 2014, "Mutual
// information between discrete and continuous data sets". Of none: Kraskov, Stoegbauer and Grassberger 2004,
// "Estimating mutual information", the first estimator. As scikit-learn has them: continuous ones are divided by their
// standard deviation and get noise of 1e-10; estimates below 0 are 0. The same bits for any number of threads and any
// ranges. Throws ERR_VALUE for a number that is not finite, and unless 1 <= neighbors < rows.
std::vector<double> mutual_information(ConstMatrix x, const double* target, const uint8_t* discrete, int64_t begin,
                                       int64_t end, const MutualInformationOptions& options, const AbortFlag* abort);

}  // namespace kindred
