// The functions of the table in kindred/device/cuda.h, by the file that has them.
#pragma once

#include <memory>

#include "cuda/runtime/context.h"

namespace kindred::cuda {

// Frees an object of a context; null is none.
template <class Object>
void destroy(Object* object) noexcept {
  if (!object) return;
  try {
    const Use use(object->context);
    delete object;
  } catch (...) {
    // The device is lost, and its memory with it; the object's destructor has nothing to give back.
  }
}

// device.cpp
int32_t device_count(int32_t* count, KindredCudaError* error);
int32_t device_info(int32_t device, KindredCudaDevice* info, KindredCudaError* error);
int32_t context_create(int32_t device, int64_t limit, KindredCudaContext** out, KindredCudaError* error);
void context_destroy(KindredCudaContext* context);
int32_t context_memory(KindredCudaContext* context, int64_t* held, int64_t* working, int64_t* limit,
                       KindredCudaError* error);
int32_t context_trim(KindredCudaContext* context, KindredCudaError* error);

// matrix.cpp
int64_t matrix_bytes(int64_t rows, int64_t cols);
int32_t matrix_create(KindredCudaContext* context, int64_t rows, int64_t cols, KindredCudaMatrix** out,
                      KindredCudaError* error);
int32_t matrix_upload(KindredCudaMatrix* matrix, int64_t first_row, int64_t rows, const float* data, int64_t stride,
                      KindredCudaCancel cancel, KindredCudaError* error);
int32_t matrix_download(const KindredCudaMatrix* matrix, int64_t first_row, int64_t rows, float* data, int64_t stride,
                        KindredCudaCancel cancel, KindredCudaError* error);
void matrix_destroy(KindredCudaMatrix* matrix);
int64_t csr_bytes(int64_t rows, int64_t nonzeros, int32_t with_values);
int32_t csr_create(KindredCudaContext* context, const int32_t* indptr, const int32_t* indices, const float* values,
                   int64_t rows, int64_t cols, KindredCudaCsr** out, KindredCudaError* error);
void csr_destroy(KindredCudaCsr* csr);

// index.cu, top_k.cu
int64_t index_bytes(int64_t rows, int64_t dims, const KindredCudaKind* kind);
int64_t search_bytes(int64_t rows, int64_t dims, const KindredCudaKind* kind, const KindredCudaSearch* search);
int32_t index_create(KindredCudaContext* context, int64_t rows, int64_t dims, const KindredCudaKind* kind,
                     KindredCudaIndex** out, KindredCudaError* error);
int32_t index_fill(KindredCudaIndex* index, int64_t first_row, const KindredCudaMatrix* from, int64_t from_row,
                   int64_t rows, int32_t normalized, KindredCudaError* error);
int32_t index_search(const KindredCudaIndex* index, const KindredCudaSearch* search, KindredCudaCancel cancel,
                     KindredCudaError* error);
void index_destroy(KindredCudaIndex* index);

// normalize.cu
int32_t normalize_rows(KindredCudaMatrix* matrix, int64_t first_row, int64_t rows, int64_t* zeros,
                       KindredCudaError* error);

// pooling.cu
int64_t pooling_bytes(int64_t batch, int64_t tokens, int64_t dims, int64_t heads, int32_t backward);
int32_t attention_pool(const KindredCudaMatrix* states, const uint8_t* mask, int64_t batch, int64_t tokens,
                       const KindredCudaMatrix* queries, KindredCudaMatrix* out, KindredCudaCancel cancel,
                       KindredCudaError* error);
int32_t attention_pool_backward(const KindredCudaMatrix* states, const uint8_t* mask, int64_t batch, int64_t tokens,
                                const KindredCudaMatrix* queries, const KindredCudaMatrix* d_out,
                                KindredCudaMatrix* d_queries, KindredCudaMatrix* d_states, KindredCudaCancel cancel,
                                KindredCudaError* error);

// linear.cu, pca.cu
int64_t gram_bytes(int64_t rows, int64_t cols);
int32_t gram(const KindredCudaMatrix* x, double* gram, double* sums, KindredCudaCancel cancel, KindredCudaError* error);
int64_t project_bytes(int64_t rows, int64_t dims, int64_t components);
int32_t project(const KindredCudaMatrix* x, const double* mean, const KindredCudaMatrix* components,
                KindredCudaMatrix* out, KindredCudaCancel cancel, KindredCudaError* error);

// als.cu, als_exact.cu
int64_t als_cg_bytes(int64_t rows, int64_t cols, int64_t factors);
int32_t als_cg(const KindredCudaCsr* Cui, const KindredCudaMatrix* Y, KindredCudaMatrix* X, const double* eigenvalues,
               const double* eigenvectors, const KindredCudaAls* options, KindredCudaCancel cancel,
               KindredCudaError* error);
int64_t als_cholesky_bytes(int64_t rows, int64_t cols, int64_t factors);
int32_t als_cholesky(const KindredCudaCsr* Cui, const KindredCudaMatrix* Y, KindredCudaMatrix* X,
                     const double* gram_of_y, const KindredCudaAls* options, KindredCudaCancel cancel,
                     KindredCudaError* error);

// cholesky.cu
int64_t inverse_bytes(int64_t n);
int32_t inverse(KindredCudaMatrix* a, KindredCudaCancel cancel, KindredCudaError* error);
int32_t ease_weights(KindredCudaMatrix* gram, KindredCudaCancel cancel, KindredCudaError* error);

// bpr.cu
int64_t bpr_bytes(int64_t users, int64_t items, int64_t factors, int64_t samples, int64_t cells);
int32_t bpr_epoch(KindredCudaMatrix* X, KindredCudaMatrix* Y, KindredCudaMatrix* item_bias, const KindredCudaBpr* epoch,
                  double* loss, KindredCudaCancel cancel, KindredCudaError* error);

}  // namespace kindred::cuda
