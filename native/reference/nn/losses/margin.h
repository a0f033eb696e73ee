// Losses with a margin, and losses of numbers with weights of rows, in double.
#pragma once

#include "reference/nn/tensor.h"

namespace kindred::reference {

// signs [n] or empty: all above 0
double hinge_loss(const Doubles& x, const Doubles& signs, double margin);
Doubles hinge_loss_gradient(const Doubles& x, const Doubles& signs, double margin, double dloss);

double cosine_loss(const Doubles& x, const Doubles& signs, double margin);
Doubles cosine_loss_gradient(const Doubles& x, const Doubles& signs, double margin, double dloss);

// The loss of each row is that of reference/nn/losses/loss.h.
double weighted_loss(bool squared, const Table& x, const Table& targets, const Doubles& weights);
Table weighted_loss_gradient(bool squared, const Table& x, const Table& targets, const Doubles& weights, double dloss);

}  // namespace kindred::reference
