// Diverse lists by their definitions, scalar and in double.
#pragma once

#include "kindred/rank/diverse_lists.h"

namespace kindred::reference {

// Whether the candidates of `chosen` keep the rules and those left can fill what must still be listed in a list of
// `length`.
bool keeps_rules(const ListCandidates& candidates, const ListRules& rules, const std::vector<int32_t>& chosen,
                 int64_t length);

// Every cosine from the vectors, every time.
DiverseList maximal_marginal_relevance(const ListCandidates& candidates, const ListRules& rules, int64_t length,
                                       double weight);

// Every volume by a Cholesky factorisation of its own of the cosines of what is chosen and the candidate.
DiverseList determinantal_list(const ListCandidates& candidates, const ListRules& rules, int64_t length, double weight);

}  // namespace kindred::reference
