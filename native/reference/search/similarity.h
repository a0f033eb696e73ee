// Scores and top-k by computing everything and sorting it.
#pragma once

#include <vector>

#include "kindred/search/similarity.h"

namespace kindred::reference {

// [queries, items], each score computed in double and rounded once: what is tied is tied as a float.
std::vector<float> similarity_matrix(ConstMatrix a, ConstMatrix b, Metric metric);

struct Lists {
  std::vector<int32_t> indices;  // [queries, k], -1 where no eligible item is left
  std::vector<float> scores;     // [queries, k], NaN there
};

Lists top_k_of_scores(ConstMatrix scores, int64_t k, const ItemFilter& filter);

// The items that a query may list, best first, ties by row.
std::vector<int32_t> listed(ConstMatrix scores, int64_t query, const ItemFilter& filter);

}  // namespace kindred::reference
