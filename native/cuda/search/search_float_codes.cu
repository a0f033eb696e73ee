#include "cuda/search/search_kernels.h"

namespace kindred::cuda {

void search_float_codes(KindredCudaContext* context, const SearchJob& job) {
  if (job.kind.dtype == KINDRED_CUDA_TF32)
    launch_search<CodeTile<KINDRED_CUDA_TF32>>(context, job);
  else
    launch_search<CodeTile<KINDRED_CUDA_BF16>>(context, job);
}

}  // namespace kindred::cuda
