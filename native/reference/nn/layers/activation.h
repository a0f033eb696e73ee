// Functions of single numbers and their slopes, in double; at infinity their limits.
#pragma once

#include "kindred/nn/layers/activation.h"

namespace kindred::reference {

double activate(nn::Activation kind, double x);
double activation_slope(nn::Activation kind, double x);

}  // namespace kindred::reference
