// Lists chosen from candidates one item after the other, so that what is listed is good and unlike what stands before.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/linalg/matrix.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

// What there is to choose from, in the order of a list; of two that are as good, the earlier is chosen.
struct ListCandidates {
  ConstMatrix vectors;                // [vectors, dims]
  const int32_t* rows = nullptr;      // [count] the row of each one's vector; -1: none, as unlike all others as can be
  const double* relevance = nullptr;  // [count]
  int64_t count = 0;
};

// What a list keeps.
struct ListRules {
  const uint8_t* must = nullptr;     // [count] whether it must be listed; null: none must
  const int32_t* offsets = nullptr;  // [count + 1] where the groups of each candidate begin; null: there are none
  const int32_t* groups = nullptr;   // [offsets[count]]
  const int32_t* limits = nullptr;   // [group_count] how many of each group may be listed beside those that must
  int64_t group_count = 0;
};

struct DiverseList {
  std::vector<int32_t> chosen;  // numbers of candidates; fewer than asked for where the rules admit no more
  std::vector<double> values;   // of each, what the function below says
};

// Maximal marginal relevance (Carbonell and Goldstein 1998, "The use of MMR, diversity-based reranking"): next comes
// the candidate with the largest weight * relevance - (1 - weight) * its largest cosine with what was chosen before.
// values: that cosine, 0 of the first. Time O(length * count * dims), where bounds help none of it.
// Throws ERR_SHAPE, ERR_VALUE for numbers that are not finite, a weight outside [0, 1], and rules that cannot hold.
DiverseList maximal_marginal_relevance(const ListCandidates& candidates, const ListRules& rules, int64_t length,
                                       double weight, const AbortFlag* abort);

// The list of a determinantal point process, greedily (Chen, Zhang and Zhou 2018, "Fast greedy MAP inference for
// determinantal point process", algorithm 1): next comes the candidate with the largest weight * relevance +
// (1 - weight) * log(d^2), where d^2 is what its unit vector adds to the squared volume of those chosen before, kept by
// an incremental Cholesky factorisation of the cosines. Once d^2 is below 1e-5 for all, as when more are listed than
// there are dimensions, the most relevant ones follow. values: d^2 of each, 1 of the first.
// Time O(length * count * (dims + length)) at most. Throws as the above.
DiverseList determinantal_list(const ListCandidates& candidates, const ListRules& rules, int64_t length, double weight,
                               const AbortFlag* abort);

}  // namespace kindred
