/* The interface of libkindred_cuda, a shared library that is opened at run time: plain C, one exported symbol, a table
 * of functions. No exception, no C++ type and no process-wide setting crosses it.
 *
 * Every function returns a KindredCudaStatus, KINDRED_CUDA_OK (0) or a reason, and then says more in *error, which may
 * be null. A failed call leaves its outputs and objects as they were, unless it says otherwise. Objects belong to the
 * context that made them and are destroyed before it; destroying null does nothing. Any thread may call; calls on one
 * context wait for one another. A call returns when its result is in host memory or its device work is done.
 *
 * `cancel`, where there is one, may be null; it is read between batches of work (the address of a std::atomic<bool>
 * will do), and anything but 0 ends the call with KINDRED_CUDA_CANCELLED; what the call was writing is then undefined.
 *
 * Matrices are row-major float. `stride` is in elements, >= the columns. All pointers are to host memory. */
#ifndef KINDRED_CUDA_H
#define KINDRED_CUDA_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KINDRED_CUDA_VERSION 1
#define KINDRED_CUDA_LIBRARY_NAME "libkindred_cuda.so"
#define KINDRED_CUDA_SYMBOL "kindred_cuda"

typedef enum KindredCudaStatus {
  KINDRED_CUDA_OK = 0,
  KINDRED_CUDA_OUT_OF_MEMORY = 1,         /* of the device, or beyond the context's limit; error->bytes is filled */
  KINDRED_CUDA_NO_DEVICE = 2,             /* no driver, no device, or none of that number */
  KINDRED_CUDA_DRIVER_TOO_OLD = 3,        /* older than the CUDA runtime within the library */
  KINDRED_CUDA_DEVICE_UNSUPPORTED = 4,    /* compute capability below 8.0 */
  KINDRED_CUDA_DEVICE_LOST = 5,           /* the context is of no more use in this process */
  KINDRED_CUDA_INVALID = 6,               /* an argument; error->row names a row where one is at fault, else -1 */
  KINDRED_CUDA_NOT_POSITIVE_DEFINITE = 7, /* error->row */
  KINDRED_CUDA_CANCELLED = 8,
  KINDRED_CUDA_FAILED = 9 /* anything else the runtime said */
} KindredCudaStatus;

typedef struct KindredCudaError {
  char message[512]; /* ends with 0; for people: what was wanted, what came */
  int64_t row;       /* -1 unless a row is at fault */
  int64_t bytes;     /* what an allocation asked for, else 0 */
  int64_t available; /* what was left of the device or of the limit then */
} KindredCudaError;

typedef struct KindredCudaDevice {
  char name[256];
  int32_t major, minor;    /* compute capability */
  int32_t driver, runtime; /* CUDA versions, as 1000 * major + 10 * minor */
  int32_t multiprocessors;
  int64_t memory_total, memory_free; /* bytes */
} KindredCudaDevice;

typedef struct KindredCudaContext KindredCudaContext; /* a device, a stream, working memory, a limit */
typedef struct KindredCudaMatrix KindredCudaMatrix;   /* [rows, cols] on the device, contiguous */
typedef struct KindredCudaCsr KindredCudaCsr;         /* compressed sparse rows on the device */
typedef struct KindredCudaIndex KindredCudaIndex;     /* vectors on the device, ready for search */

typedef enum KindredCudaMetric {
  KINDRED_CUDA_DOT = 0,
  KINDRED_CUDA_COSINE = 1,
  KINDRED_CUDA_EUCLIDEAN = 2
} KindredCudaMetric;

typedef enum KindredCudaDtype {
  KINDRED_CUDA_F32 = 0,
  KINDRED_CUDA_TF32 = 1,
  KINDRED_CUDA_BF16 = 2,
  KINDRED_CUDA_I8 = 3
} KindredCudaDtype;

/* As IndexKind of kindred/search/index.h: codes of less than f32 only say which vectors to score again in f32, or, if
 * not exact, are all that is kept. F32 is always exact. */
typedef struct KindredCudaKind {
  int32_t metric; /* KindredCudaMetric */
  int32_t dtype;  /* KindredCudaDtype */
  int32_t exact;  /* 0 or 1 */
} KindredCudaKind;

/* Places of a list that nothing fills hold index -1 and score NaN. */
typedef struct KindredCudaSearch {
  const float* queries; /* [count, dims] in host memory, or null: */
  int64_t query_stride;
  const KindredCudaMatrix* query_matrix; /* rows [query_first, query_first + count) of this, cols == dims */
  int64_t query_first;
  int64_t count;
  int64_t k;                      /* 0 .. 2048 */
  const int32_t* exclude_indptr;  /* [count + 1], from 0, or null: what query q must not list, */
  const int32_t* exclude_indices; /* ascending within a row */
  const uint8_t* allow;           /* bit i % 8 of byte i / 8: row i may be listed; null allows all */
  int32_t allow_shared;           /* 1: one bitmap [ceil(rows / 8)]; 0: one for each query, [count, ceil(rows / 8)] */
  int32_t* indices;               /* [count, k] */
  float* scores;                  /* [count, k]; better is larger; minus the Euclidean distance */
} KindredCudaSearch;

/* As AlsOptions of kindred/als/als.h. Confidence: unobserved_weight + alpha |w|. A row with n stored weights among m
 * columns has lambda = regularization (n + unobserved_weight m) ^ regularization_exponent. */
typedef struct KindredCudaAls {
  double regularization;
  double regularization_exponent; /* 0: the same for every row */
  double unobserved_weight;       /* 1 in Hu, Koren and Volinsky 2008 */
  float alpha;
  int32_t cg_steps;
  int32_t preconditioned; /* conjugate gradients: 1 with unobserved_weight Y'Y + lambda I, 0 plain */
} KindredCudaAls;

/* One epoch of samples in the order the caller laid out: in a round [round_cells[r], round_cells[r + 1]) no two cells
 * share a user or an item; the samples [cell_samples[c], cell_samples[c + 1]) of a cell are taken one after another. */
typedef struct KindredCudaBpr {
  const int32_t* users;        /* [samples] rows of X */
  const int32_t* items;        /* [samples] rows of Y: what the user has */
  const int32_t* others;       /* [samples] rows of Y: what they have not */
  const int64_t* cell_samples; /* [cells + 1] */
  const int64_t* round_cells;  /* [rounds + 1] */
  int64_t rounds;
  float learning_rate;
  float regularization;
} KindredCudaBpr;

typedef const volatile unsigned char* KindredCudaCancel;

/* Fields are only ever added at the end, with a new version; `version` is that of the library. */
typedef struct KindredCuda {
  uint32_t version;
  uint32_t size; /* sizeof(KindredCuda) of the library */

  /* Devices. device_info works without a context. */
  int32_t (*device_count)(int32_t* count, KindredCudaError* error);
  int32_t (*device_info)(int32_t device, KindredCudaDevice* info, KindredCudaError* error);

  /* limit: bytes of device memory that the context may hold, all of its objects and working space together; 0 for no
   * limit. Memory once used as working space is kept for the next call; context_trim gives it back. context_memory:
   * bytes held in all, and how many of them are working space. */
  int32_t (*context_create)(int32_t device, int64_t limit, KindredCudaContext** out, KindredCudaError* error);
  void (*context_destroy)(KindredCudaContext* context);
  int32_t (*context_memory)(KindredCudaContext* context, int64_t* held, int64_t* working, int64_t* limit,
                            KindredCudaError* error);
  int32_t (*context_trim)(KindredCudaContext* context, KindredCudaError* error);

  /* Matrices; a new one holds zeros. */
  int32_t (*matrix_create)(KindredCudaContext* context, int64_t rows, int64_t cols, KindredCudaMatrix** out,
                           KindredCudaError* error);
  int32_t (*matrix_upload)(KindredCudaMatrix* matrix, int64_t first_row, int64_t rows, const float* data,
                           int64_t stride, KindredCudaCancel cancel, KindredCudaError* error);
  int32_t (*matrix_download)(const KindredCudaMatrix* matrix, int64_t first_row, int64_t rows, float* data,
                             int64_t stride, KindredCudaCancel cancel, KindredCudaError* error);
  void (*matrix_destroy)(KindredCudaMatrix* matrix);

  /* values may be null for ones. Refuses row pointers that do not ascend from 0 and columns out of range or not
   * ascending. */
  int32_t (*csr_create)(KindredCudaContext* context, const int32_t* indptr, const int32_t* indices, const float* values,
                        int64_t rows, int64_t cols, KindredCudaCsr** out, KindredCudaError* error);
  void (*csr_destroy)(KindredCudaCsr* csr);

  /* Bytes of device memory, before anything is allocated: of objects, and of the working space of calls. -1 for
   * arguments that such an object or call would refuse. */
  int64_t (*matrix_bytes)(int64_t rows, int64_t cols);
  int64_t (*csr_bytes)(int64_t rows, int64_t nonzeros, int32_t with_values);
  int64_t (*index_bytes)(int64_t rows, int64_t dims, const KindredCudaKind* kind);
  int64_t (*search_bytes)(int64_t rows, int64_t dims, const KindredCudaKind* kind, const KindredCudaSearch* search);
  int64_t (*pooling_bytes)(int64_t batch, int64_t tokens, int64_t dims, int64_t heads, int32_t backward);
  int64_t (*gram_bytes)(int64_t rows, int64_t cols);
  int64_t (*als_cg_bytes)(int64_t rows, int64_t cols, int64_t factors);
  int64_t (*als_cholesky_bytes)(int64_t rows, int64_t cols, int64_t factors);
  int64_t (*inverse_bytes)(int64_t n);
  int64_t (*bpr_bytes)(int64_t users, int64_t items, int64_t factors, int64_t samples, int64_t cells);
  int64_t (*project_bytes)(int64_t rows, int64_t dims, int64_t components);

  /* Search (kindred/search/similarity.h, kindred/search/index.h). An index has a fixed number of rows, all of which
   * index_fill sets once or more before the first search; rows that hold anything not finite are refused (INVALID,
   * error->row). Those of the cosine are normalised, unless `normalized` says that they are: once more would give
   * decoded codes other codes. The matrix may be destroyed afterwards. Lists are by score, ties by row. */
  int32_t (*index_create)(KindredCudaContext* context, int64_t rows, int64_t dims, const KindredCudaKind* kind,
                          KindredCudaIndex** out, KindredCudaError* error);
  int32_t (*index_fill)(KindredCudaIndex* index, int64_t first_row, const KindredCudaMatrix* from, int64_t from_row,
                        int64_t rows, int32_t normalized, KindredCudaError* error);
  int32_t (*index_search)(const KindredCudaIndex* index, const KindredCudaSearch* search, KindredCudaCancel cancel,
                          KindredCudaError* error);
  void (*index_destroy)(KindredCudaIndex* index);

  /* Divides rows [first_row, first_row + rows) by their norms in place; zeros, which may be null: how many had none. */
  int32_t (*normalize_rows)(KindredCudaMatrix* matrix, int64_t first_row, int64_t rows, int64_t* zeros,
                            KindredCudaError* error);

  /* Attention pooling (kindred/pooling/pooling.h): states [batch * tokens, dims], mask [batch, tokens] in host memory,
   * queries [heads, dims], out and d_out [batch, dims]; d_queries [heads, dims] and d_states [batch * tokens, dims] are
   * overwritten, and either may be null. */
  int32_t (*attention_pool)(const KindredCudaMatrix* states, const uint8_t* mask, int64_t batch, int64_t tokens,
                            const KindredCudaMatrix* queries, KindredCudaMatrix* out, KindredCudaCancel cancel,
                            KindredCudaError* error);
  int32_t (*attention_pool_backward)(const KindredCudaMatrix* states, const uint8_t* mask, int64_t batch,
                                     int64_t tokens, const KindredCudaMatrix* queries, const KindredCudaMatrix* d_out,
                                     KindredCudaMatrix* d_queries, KindredCudaMatrix* d_states,
                                     KindredCudaCancel cancel, KindredCudaError* error);

  /* X'X [cols, cols], full, in double; with `sums` [cols], unless null, the sum of each column, in double: the
   * covariance of PCA is gram / rows - mean mean'. */
  int32_t (*gram)(const KindredCudaMatrix* x, double* gram, double* sums, KindredCudaCancel cancel,
                  KindredCudaError* error);

  /* out [rows, components] = (x - mean) components', mean [dims] or null, components [components, dims]. */
  int32_t (*project)(const KindredCudaMatrix* x, const double* mean, const KindredCudaMatrix* components,
                     KindredCudaMatrix* out, KindredCudaCancel cancel, KindredCudaError* error);

  /* ALS half-sweeps (kindred/als/als.h): rows of X [Cui.rows, factors] with Y [Cui.cols, factors] fixed; factors up to
   * 4096. Conjugate gradients work in the eigenvectors of Y'Y: eigenvalues [factors], the largest first, and
   * eigenvectors [factors, factors], one a row, in double (kindred/linalg/eigen.h). Cholesky takes Y'Y itself [factors,
   * factors], and fails with NOT_POSITIVE_DEFINITE and the row. */
  int32_t (*als_cg)(const KindredCudaCsr* Cui, const KindredCudaMatrix* Y, KindredCudaMatrix* X,
                    const double* eigenvalues, const double* eigenvectors, const KindredCudaAls* options,
                    KindredCudaCancel cancel, KindredCudaError* error);
  int32_t (*als_cholesky)(const KindredCudaCsr* Cui, const KindredCudaMatrix* Y, KindredCudaMatrix* X,
                          const double* gram_of_y, const KindredCudaAls* options, KindredCudaCancel cancel,
                          KindredCudaError* error);

  /* The inverse of a symmetric positive definite a [n, n], in place and full; only the lower triangle is read. Fails
   * with NOT_POSITIVE_DEFINITE, naming the pivot; then, or when cancelled, a holds nothing of use. */
  int32_t (*inverse)(KindredCudaMatrix* a, KindredCudaCancel cancel, KindredCudaError* error);

  /* From a regularised item-item Gram matrix [n, n] the weights of EASE, in place (Steck 2019, "Embarrassingly shallow
   * autoencoders for sparse data", equation 8). Fails as inverse does. */
  int32_t (*ease_weights)(KindredCudaMatrix* gram, KindredCudaCancel cancel, KindredCudaError* error);

  /* One epoch of BPR (Rendle et al. 2009): X [users, factors], Y [items, factors], item_bias [1, items]; loss, which
   * may be null: the sum of -ln sigma of the differences. The same bits each time. */
  int32_t (*bpr_epoch)(KindredCudaMatrix* X, KindredCudaMatrix* Y, KindredCudaMatrix* item_bias,
                       const KindredCudaBpr* epoch, double* loss, KindredCudaCancel cancel, KindredCudaError* error);
} KindredCuda;

/* The table for callers built against this version of the header; null if the library cannot serve it. The table lives
 * as long as the library. Starts nothing on the device. */
#if defined(_WIN32)
__declspec(dllexport)
#else
__attribute__((visibility("default")))
#endif
    const KindredCuda* kindred_cuda(uint32_t version);

#ifdef __cplusplus
}
#endif

#endif
