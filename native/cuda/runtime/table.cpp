#include "cuda/runtime/table.h"

namespace {

using namespace kindred::cuda;

const KindredCuda kTable = {
    .version = KINDRED_CUDA_VERSION,
    .size = sizeof(KindredCuda),
    .device_count = device_count,
    .device_info = device_info,
    .context_create = context_create,
    .context_destroy = context_destroy,
    .context_memory = context_memory,
    .context_trim = context_trim,
    .matrix_create = matrix_create,
    .matrix_upload = matrix_upload,
    .matrix_download = matrix_download,
    .matrix_destroy = matrix_destroy,
    .csr_create = csr_create,
    .csr_destroy = csr_destroy,
    .matrix_bytes = matrix_bytes,
    .csr_bytes = csr_bytes,
    .index_bytes = index_bytes,
    .search_bytes = search_bytes,
    .pooling_bytes = pooling_bytes,
    .gram_bytes = gram_bytes,
    .als_cg_bytes = als_cg_bytes,
    .als_cholesky_bytes = als_cholesky_bytes,
    .inverse_bytes = inverse_bytes,
    .bpr_bytes = bpr_bytes,
    .project_bytes = project_bytes,
    .index_create = index_create,
    .index_fill = index_fill,
    .index_search = index_search,
    .index_destroy = index_destroy,
    .normalize_rows = normalize_rows,
    .attention_pool = attention_pool,
    .attention_pool_backward = attention_pool_backward,
    .gram = gram,
    .project = project,
    .als_cg = als_cg,
    .als_cholesky = als_cholesky,
    .inverse = inverse,
    .ease_weights = ease_weights,
    .bpr_epoch = bpr_epoch,
};

}  // namespace

extern "C" const KindredCuda* kindred_cuda(uint32_t version) {
  return version == KINDRED_CUDA_VERSION ? &kTable : nullptr;
}
