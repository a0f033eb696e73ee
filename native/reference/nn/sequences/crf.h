// Conditional random fields over every tagging there is, in double: for few tags and short sequences.
#pragma once

#include "reference/nn/tensor.h"

namespace kindred::reference {

struct Crf {
  Table emissions;
  std::vector<int32_t> offsets;
  Table transitions;
  Doubles start, end;
};

double crf_loss(const Crf& crf, const std::vector<int32_t>& labels);

struct CrfGradient {
  Table emissions, transitions;
  Doubles start, end;
};
CrfGradient crf_loss_gradient(const Crf& crf, const std::vector<int32_t>& labels, double dloss);

std::vector<int32_t> crf_decode(const Crf& crf);

}  // namespace kindred::reference
