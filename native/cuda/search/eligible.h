// Which rows a query may list.
#pragma once

#include "cuda/runtime/group.h"

namespace kindred::cuda {

// Of a batch of queries, on the device. Row pointers count from the batch's first.
struct Filter {
  const int32_t* exclude_indptr = nullptr;  // [queries + 1], or null
  const int32_t* exclude_indices = nullptr;
  const uint8_t* allow = nullptr;  // bitmaps, or null
  int64_t allow_stride = 0;        // bytes between the bitmaps of two queries; 0: one for all
};

KINDRED_DEVICE bool eligible(const Filter& filter, int64_t query, int32_t row) {
  if (filter.allow && !(filter.allow[query * filter.allow_stride + row / 8] >> (row % 8) & 1)) return false;
  if (!filter.exclude_indptr) return true;
  int32_t low = filter.exclude_indptr[query];
  const int32_t last = filter.exclude_indptr[query + 1];
  int32_t high = last;
  while (low < high) {
    const int32_t middle = low + (high - low) / 2;
    if (filter.exclude_indices[middle] < row)
      low = middle + 1;
    else
      high = middle;
  }
  return low == last || filter.exclude_indices[low] != row;
}

}  // namespace kindred::cuda
