// The loss of a static encoder in training and its gradient, scalar and in double.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/text/distill.h"

namespace kindred::reference {

// table [rows, dims] in double, so that central differences mean something; teacher [texts, dims].
struct DistillProblem {
  std::vector<int32_t> indptr, tokens;
  std::vector<double> teacher, token_weights;
  double similarity_weight;
  int64_t rows, dims;
  int64_t texts() const { return static_cast<int64_t>(indptr.size()) - 1; }
};

DistillLoss distill_loss(const DistillProblem& problem, const std::vector<double>& table);

// d loss / d table [rows, dims]
std::vector<double> distill_gradient(const DistillProblem& problem, const std::vector<double>& table);

}  // namespace kindred::reference
