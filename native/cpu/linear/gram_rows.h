#pragma once

#include "kindred/linear/elastic_net.h"

namespace kindred {

// Rows [known, known + count) of the Gram matrix of `state`: all of their places. Sums are in float over blocks of rows
// and in double over the blocks; an element is the same as its mirror image.
void write_gram_rows(ElasticNetState& state, int64_t count, const AbortFlag* abort);

}  // namespace kindred
