// How far a gradient step goes.
#pragma once

namespace kindred {

// sgd: the learning rate times the gradient g.
// adagrad (Duchi, Hazan and Singer 2011, "Adaptive subgradient methods for online learning and stochastic
//   optimization"): each number has a step of its own, the rate over the root of the sum of its g squared.
// adam (Kingma and Ba 2015, "Adam: A method for stochastic optimization", algorithm 1): the rate times a decaying mean
//   of g over the root of one of g squared, both corrected for their start at 0.
enum class Optimizer { sgd, adagrad, adam };

constexpr double kAdamMeanDecay = 0.9;      // beta_1
constexpr double kAdamSquareDecay = 0.999;  // beta_2
constexpr float kAdamEpsilon = 1e-8f;
constexpr float kAdagradEpsilon = 1e-10f;

}  // namespace kindred
