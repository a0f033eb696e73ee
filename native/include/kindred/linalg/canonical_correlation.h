// Canonical correlation analysis (Hotelling 1936), regularised as ridge regression is (Vinod 1976, "Canonical ridge and
// econometrics of joint production").
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

struct CanonicalCorrelation {
  std::vector<double> x_mean;        // [x.cols]
  std::vector<double> y_mean;        // [y.cols]
  std::vector<float> x_weights;      // [x.cols, count]; (x - x_mean) x_weights has unit variance, if not regularised
  std::vector<float> y_weights;      // [y.cols, count]
  std::vector<double> correlations;  // [count], from 0 to 1, largest first
};

// The `count` pairs of directions along which rows of x and y correlate most: the singular value decomposition of the
// whitened covariance of both. Directions whose variance is less than 1e-10 of the largest of their side are left out;
// beyond what is then there, and where nothing correlates, weights and correlations are 0. Of each column of x_weights
// the largest element is positive. The covariances gain x_ridge and y_ridge >= 0 on their diagonals; variances are
// divided by rows - 1. Throws ERR_SHAPE unless x and y have the same number of rows, at least 2; ERR_VALUE unless
// 1 <= count <= the lesser number of columns, and for what is not finite.
CanonicalCorrelation canonical_correlation(ConstMatrix x, ConstMatrix y, int64_t count, double x_ridge, double y_ridge,
                                           const AbortFlag* abort);

}  // namespace kindred
