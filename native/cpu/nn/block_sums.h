// Sums over many numbers that do not depend on the number of threads.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/runtime/thread_pool.h"

namespace kindred::nn {

// The sum over [0, n) of what `part(begin, end)` gives of each block of `block`, in their order.
template <class Part>
double sum_of_blocks(int64_t n, int64_t block, const AbortFlag* abort, const Part& part) {
  std::vector<double> sums((n + block - 1) / block, 0.0);
  parallel_for(n, block, abort, [&](int64_t begin, int64_t end) { sums[begin / block] = part(begin, end); });
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace kindred::nn
