#include "cuda/search/search_kernels.h"

namespace kindred::cuda {

void search_f32(KindredCudaContext* context, const SearchJob& job) {
  if (job.kind.metric == KINDRED_CUDA_EUCLIDEAN)
    launch_search<FloatTile<true>>(context, job);
  else
    launch_search<FloatTile<false>>(context, job);
}

}  // namespace kindred::cuda
