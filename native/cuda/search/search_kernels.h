// Launches the search of a batch on the context's stream. One file a group of kernels, so that they compile at the same
// time.
#pragma once

#include "cuda/runtime/launch.h"
#include "cuda/search/search.h"

namespace kindred::cuda {

void search_f32(KindredCudaContext* context, const SearchJob& job);
void search_float_codes(KindredCudaContext* context, const SearchJob& job);  // tf32, bf16
void search_i8(KindredCudaContext* context, const SearchJob& job);

template <class Tile>
__global__ void __launch_bounds__(kTileThreads, 2) search_kernel(const __grid_constant__ SearchJob job) {
  __shared__ SearchMemory memory;
  search_split<Tile>(this_block(), job, blockIdx.y, blockIdx.x, memory);
}

template <class Tile>
void launch_search(KindredCudaContext* context, const SearchJob& job) {
  launch_blocks(context, "search", search_kernel<Tile>, grid_of(job.splits, ceil_div(job.queries.count, kTileQueries)),
                kTileThreads, 0, job);
}

}  // namespace kindred::cuda
