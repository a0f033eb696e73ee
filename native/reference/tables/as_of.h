#pragma once

#include <vector>

#include "kindred/tables/as_of.h"

namespace kindred::reference {

std::vector<int32_t> as_of_join(const TimedRows& events, const TimedRows& features, const AsOf& options);

struct Totals {
  std::vector<double> counts, sums;
};
Totals as_of_totals(const TimedRows& events, const TimedRows& history, const double* values, const AsOf& options);

}  // namespace kindred::reference
