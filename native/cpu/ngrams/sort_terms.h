// Terms in the order of their code points, which is that of their bytes in UTF-8.
#pragma once

#include "cpu/ngrams/term_table.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred {

// Sorts numbers of different terms.
void sort_terms(const TermTable& table, std::vector<int32_t>& numbers, const AbortFlag* abort);

}  // namespace kindred
