// Normalisation, scalar and in double.
#pragma once

#include "reference/nn/tensor.h"

namespace kindred::reference {

struct Normalized {
  Table y;
  Doubles mean, rstd;  // [rows]
};
Normalized layer_norm(const Table& x, const Doubles& gamma, const Doubles& beta, double epsilon);

struct NormGradient {
  Table x;
  Doubles gamma, beta;
};
NormGradient layer_norm_gradient(const Table& x, const Doubles& gamma, double epsilon, const Table& dy);

struct RmsNormalized {
  Table y;
  Doubles rstd;  // [rows]
};
RmsNormalized rms_norm(const Table& x, const Doubles& gamma, double epsilon);
NormGradient rms_norm_gradient(const Table& x, const Doubles& gamma, double epsilon, const Table& dy);  // no beta

struct BatchNormalized {
  Table y;
  Doubles mean, rstd, unbiased;  // [cols]
};
BatchNormalized batch_norm(const Table& x, const Doubles& gamma, const Doubles& beta, double epsilon);
NormGradient batch_norm_gradient(const Table& x, const Doubles& gamma, double epsilon, const Table& dy);

}  // namespace kindred::reference
