#include "reference/nn/layers/norm.h"

#include <cmath>

namespace kindred::reference {

Normalized layer_norm(const Table& x, const Doubles& gamma, const Doubles& beta, double epsilon) {
  Normalized out{Table(x.rows, x.cols), {}, {}};
  const auto dims = static_cast<double>(x.cols);
  for (int64_t r = 0; r < x.rows; ++r) {
    double mean = 0, variance = 0;
    for (int64_t c = 0; c < x.cols; ++c) mean += x.at(r, c) / dims;
    for (int64_t c = 0; c < x.cols; ++c) variance += (x.at(r, c) - mean) * (x.at(r, c) - mean) / dims;
    const double rstd = 1 / std::sqrt(variance + epsilon);
    for (int64_t c = 0; c < x.cols; ++c) out.y.at(r, c) = (x.at(r, c) - mean) * rstd * gamma[c] + beta[c];
    out.mean.push_back(mean);
    out.rstd.push_back(rstd);
  }
  return out;
}

// By the chain rule through the mean, the variance and rstd, one after another.
NormGradient layer_norm_gradient(const Table& x, const Doubles& gamma, double epsilon, const Table& dy) {
  NormGradient out{Table(x.rows, x.cols), Doubles(x.cols, 0.0), Doubles(x.cols, 0.0)};
  const Normalized forward = layer_norm(x, gamma, Doubles(x.cols, 0.0), epsilon);
  const auto dims = static_cast<double>(x.cols);
  for (int64_t r = 0; r < x.rows; ++r) {
    const double mean = forward.mean[r], rstd = forward.rstd[r];
    double of_rstd = 0, of_mean = 0;
    for (int64_t c = 0; c < x.cols; ++c) {
      const double g = dy.at(r, c) * gamma[c];
      of_rstd += g * (x.at(r, c) - mean);
      of_mean -= g * rstd;
      out.gamma[c] += dy.at(r, c) * (x.at(r, c) - mean) * rstd;
      out.beta[c] += dy.at(r, c);
    }
    const double of_variance = -0.5 * of_rstd * rstd * rstd * rstd;
    for (int64_t c = 0; c < x.cols; ++c)
      out.x.at(r, c) = dy.at(r, c) * gamma[c] * rstd + of_variance * 2 * (x.at(r, c) - mean) / dims + of_mean / dims;
  }
  return out;
}

RmsNormalized rms_norm(const Table& x, const Doubles& gamma, double epsilon) {
  RmsNormalized out{Table(x.rows, x.cols), {}};
  for (int64_t r = 0; r < x.rows; ++r) {
    double square = 0;
    for (int64_t c = 0; c < x.cols; ++c) square += x.at(r, c) * x.at(r, c) / static_cast<double>(x.cols);
    out.rstd.push_back(1 / std::sqrt(square + epsilon));
    for (int64_t c = 0; c < x.cols; ++c) out.y.at(r, c) = x.at(r, c) * out.rstd[r] * gamma[c];
  }
  return out;
}

NormGradient rms_norm_gradient(const Table& x, const Doubles& gamma, double epsilon, const Table& dy) {
  NormGradient out{Table(x.rows, x.cols), Doubles(x.cols, 0.0), {}};
  const Doubles rstd = rms_norm(x, gamma, epsilon).rstd;
  for (int64_t r = 0; r < x.rows; ++r) {
    double of_rstd = 0;
    for (int64_t c = 0; c < x.cols; ++c) {
      of_rstd += dy.at(r, c) * gamma[c] * x.at(r, c);
      out.gamma[c] += dy.at(r, c) * x.at(r, c) * rstd[r];
    }
    const double of_square = -0.5 * of_rstd * rstd[r] * rstd[r] * rstd[r];
    for (int64_t c = 0; c < x.cols; ++c)
      out.x.at(r, c) = dy.at(r, c) * gamma[c] * rstd[r] + of_square * 2 * x.at(r, c) / static_cast<double>(x.cols);
  }
  return out;
}

BatchNormalized batch_norm(const Table& x, const Doubles& gamma, const Doubles& beta, double epsilon) {
  BatchNormalized out{Table(x.rows, x.cols), {}, {}, {}};
  const auto rows = static_cast<double>(x.rows);
  for (int64_t c = 0; c < x.cols; ++c) {
    double mean = 0, squares = 0;
    for (int64_t r = 0; r < x.rows; ++r) mean += x.at(r, c) / rows;
    for (int64_t r = 0; r < x.rows; ++r) squares += (x.at(r, c) - mean) * (x.at(r, c) - mean);
    const double rstd = 1 / std::sqrt(squares / rows + epsilon);
    for (int64_t r = 0; r < x.rows; ++r) out.y.at(r, c) = (x.at(r, c) - mean) * rstd * gamma[c] + beta[c];
    out.mean.push_back(mean);
    out.rstd.push_back(rstd);
    out.unbiased.push_back(squares / (rows - 1));
  }
  return out;
}

// By the chain rule through the mean, the variance and rstd, one after another.
NormGradient batch_norm_gradient(const Table& x, const Doubles& gamma, double epsilon, const Table& dy) {
  NormGradient out{Table(x.rows, x.cols), Doubles(x.cols, 0.0), Doubles(x.cols, 0.0)};
  const auto rows = static_cast<double>(x.rows);
  const BatchNormalized forward = batch_norm(x, gamma, Doubles(x.cols, 0.0), epsilon);
  for (int64_t c = 0; c < x.cols; ++c) {
    const double mean = forward.mean[c], rstd = forward.rstd[c];
    double of_rstd = 0, of_mean = 0;
    for (int64_t r = 0; r < x.rows; ++r) {
      of_rstd += dy.at(r, c) * gamma[c] * (x.at(r, c) - mean);
      of_mean -= dy.at(r, c) * gamma[c] * rstd;
      out.gamma[c] += dy.at(r, c) * (x.at(r, c) - mean) * rstd;
      out.beta[c] += dy.at(r, c);
    }
    const double of_variance = -0.5 * of_rstd * rstd * rstd * rstd;
    for (int64_t r = 0; r < x.rows; ++r)
      out.x.at(r, c) = dy.at(r, c) * gamma[c] * rstd + of_variance * 2 * (x.at(r, c) - mean) / rows + of_mean / rows;
  }
  return out;
}

}  // namespace kindred::reference
