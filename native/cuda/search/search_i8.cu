#include "cuda/search/search_kernels.h"

namespace kindred::cuda {

void search_i8(KindredCudaContext* context, const SearchJob& job) {
  launch_search<CodeTile<KINDRED_CUDA_I8>>(context, job);
}

}  // namespace kindred::cuda
