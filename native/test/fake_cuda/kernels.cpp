// What the device computes, by the CPU's kernels.
#include <algorithm>

#include "cpu/runtime/kernel_table.h"
#include "fake_cuda/fake.h"
#include "kindred/als/als.h"
#include "kindred/linalg/normal_equations.h"
#include "kindred/linalg/normalize.h"
#include "kindred/pooling/pooling.h"

namespace kindred::fake {
namespace {

int64_t index_bytes(int64_t rows, int64_t dims, const KindredCudaKind*) { return 4 * rows * dims; }
int64_t search_bytes(int64_t, int64_t, const KindredCudaKind*, const KindredCudaSearch*) { return 0; }
int64_t pooling_bytes(int64_t, int64_t, int64_t, int64_t, int32_t) { return 0; }
int64_t gram_bytes(int64_t, int64_t cols) { return 8 * cols * cols; }
int64_t bpr_bytes(int64_t, int64_t, int64_t, int64_t, int64_t) { return 0; }
int64_t als_bytes(int64_t, int64_t, int64_t factors) { return 8 * factors * factors; }

int32_t index_create(KindredCudaContext* context, int64_t rows, int64_t dims, const KindredCudaKind* kind,
                     KindredCudaIndex** out, KindredCudaError* error) {
  return guarded(error, [&] { *out = new KindredCudaIndex(context, rows, dims, *kind); });
}

int32_t index_fill(KindredCudaIndex* index, int64_t first, const KindredCudaMatrix* from, int64_t from_row,
                   int64_t rows, int32_t, KindredCudaError* error) {
  return guarded(error, [&] {
    std::lock_guard lock(index->memory.context->mutex);
    compute(nullptr);
    std::copy_n(from->data.data() + from_row * index->dims, rows * index->dims,
                index->vectors.data() + first * index->dims);
  });
}

int32_t index_search(const KindredCudaIndex* index, const KindredCudaSearch* search, KindredCudaCancel cancel,
                     KindredCudaError* error) {
  return guarded(error, [&] {
    std::lock_guard lock(index->memory.context->mutex);
    compute(cancel);
    const ConstMatrix queries = search->queries
                                    ? ConstMatrix{search->queries, search->count, index->dims, search->query_stride}
                                    : ConstMatrix{search->query_matrix->data.data() + search->query_first * index->dims,
                                                  search->count, index->dims};
    CsrView exclude{search->exclude_indptr, search->exclude_indices, nullptr, search->count, index->rows};
    const ItemFilter filter{search->exclude_indptr ? &exclude : nullptr, search->allow, search->allow_shared != 0};
    const Metric metric = index->kind.metric == KINDRED_CUDA_DOT      ? Metric::dot
                          : index->kind.metric == KINDRED_CUDA_COSINE ? Metric::cosine
                                                                      : Metric::euclidean;
    top_k(queries, {index->vectors.data(), index->rows, index->dims}, metric, search->k, filter,
          {search->indices, search->scores}, flag_of(cancel));
    if (mode() == "wrong-answer") search->scores[0] += 1;
  });
}

void index_destroy(KindredCudaIndex* index) { delete index; }

int32_t normalize(KindredCudaMatrix* matrix, int64_t first, int64_t rows, int64_t* zeros, KindredCudaError* error) {
  return guarded(error, [&] {
    std::lock_guard lock(matrix->memory.context->mutex);
    compute(nullptr);
    const int64_t found = normalize_rows({matrix->data.data() + first * matrix->cols, rows, matrix->cols}, nullptr);
    if (zeros) *zeros = found;
  });
}

TokenStates states_of(const KindredCudaMatrix* states, const uint8_t* mask, int64_t batch, int64_t tokens) {
  return {states->data.data(), mask, batch, tokens, states->cols};
}

int32_t pool_forward(const KindredCudaMatrix* states, const uint8_t* mask, int64_t batch, int64_t tokens,
                     const KindredCudaMatrix* queries, KindredCudaMatrix* out, KindredCudaCancel cancel,
                     KindredCudaError* error) {
  return guarded(error, [&] {
    std::lock_guard lock(out->memory.context->mutex);
    compute(cancel);
    attention_pool(states_of(states, mask, batch, tokens), queries->data.data(), queries->rows, out->data.data(),
                   flag_of(cancel));
  });
}

int32_t pool_backward(const KindredCudaMatrix* states, const uint8_t* mask, int64_t batch, int64_t tokens,
                      const KindredCudaMatrix* queries, const KindredCudaMatrix* d_out, KindredCudaMatrix* d_queries,
                      KindredCudaMatrix* d_states, KindredCudaCancel cancel, KindredCudaError* error) {
  return guarded(error, [&] {
    std::lock_guard lock(states->memory.context->mutex);
    compute(cancel);
    attention_pool_backward(states_of(states, mask, batch, tokens), queries->data.data(), queries->rows,
                            d_out->data.data(), d_queries ? d_queries->data.data() : nullptr,
                            d_states ? d_states->data.data() : nullptr, flag_of(cancel));
  });
}

int32_t gram_of(const KindredCudaMatrix* x, double* out, double* sums, KindredCudaCancel cancel,
                KindredCudaError* error) {
  return guarded(error, [&] {
    std::lock_guard lock(x->memory.context->mutex);
    compute(cancel);
    const std::vector<double> result = gram({x->data.data(), x->rows, x->cols}, flag_of(cancel));
    std::copy(result.begin(), result.end(), out);
    for (int64_t c = 0; sums && c < x->cols; ++c) {
      sums[c] = 0;
      for (int64_t r = 0; r < x->rows; ++r) sums[c] += x->data[r * x->cols + c];
    }
  });
}

int64_t project_bytes(int64_t, int64_t, int64_t) { return 0; }

int32_t project(const KindredCudaMatrix* x, const double* mean, const KindredCudaMatrix* components,
                KindredCudaMatrix* out, KindredCudaCancel cancel, KindredCudaError* error) {
  return guarded(error, [&] {
    std::lock_guard lock(x->memory.context->mutex);
    compute(cancel);
    for (int64_t n = 0; n < x->rows * out->cols; ++n) {
      double sum = 0;
      for (int64_t c = 0; c < x->cols; ++c)
        sum += (x->data[n / out->cols * x->cols + c] - (mean ? mean[c] : 0.0)) *
               components->data[n % out->cols * x->cols + c];
      out->data[n] = static_cast<float>(sum);
    }
  });
}

void half_sweep(const KindredCudaCsr* Cui, const KindredCudaMatrix* Y, KindredCudaMatrix* X,
                const std::vector<double>& YtY, const KindredCudaAls& als, AlsSolver solver, KindredCudaCancel cancel) {
  std::lock_guard lock(X->memory.context->mutex);
  compute(cancel);
  AlsOptions options;
  options.regularization = als.regularization;
  options.regularization_exponent = als.regularization_exponent;
  options.unobserved_weight = als.unobserved_weight;
  options.alpha = als.alpha;
  options.solver = solver;
  options.cg_steps = als.cg_steps;
  als_half_sweep(Cui->csr.view(), {Y->data.data(), Y->rows, Y->cols}, YtY, X->view(), options, flag_of(cancel));
}

int32_t als_cg(const KindredCudaCsr* Cui, const KindredCudaMatrix* Y, KindredCudaMatrix* X, const double* eigenvalues,
               const double* eigenvectors, const KindredCudaAls* options, KindredCudaCancel cancel,
               KindredCudaError* error) {
  return guarded(error, [&] {
    const int64_t f = X->cols;
    std::vector<double> YtY(f * f);
    for (int64_t e = 0; e < f; ++e)
      for (int64_t i = 0; i < f; ++i)
        for (int64_t j = 0; j < f; ++j)
          YtY[i * f + j] += eigenvalues[e] * eigenvectors[e * f + i] * eigenvectors[e * f + j];
    half_sweep(Cui, Y, X, YtY, *options, AlsSolver::conjugate_gradient, cancel);
  });
}

int32_t als_cholesky(const KindredCudaCsr* Cui, const KindredCudaMatrix* Y, KindredCudaMatrix* X,
                     const double* gram_of_y, const KindredCudaAls* options, KindredCudaCancel cancel,
                     KindredCudaError* error) {
  return guarded(error, [&] {
    half_sweep(Cui, Y, X, {gram_of_y, gram_of_y + X->cols * X->cols}, *options, AlsSolver::cholesky, cancel);
  });
}

int64_t inverse_bytes(int64_t n) { return 4 * n * n; }

int32_t inverse(KindredCudaMatrix* a, KindredCudaCancel cancel, KindredCudaError* error) {
  return guarded(error, [&] {
    std::lock_guard lock(a->memory.context->mutex);
    compute(cancel);
    const int64_t n = a->rows;
    std::vector<double> l(a->data.begin(), a->data.end()), inverse(n * n);
    if (const int64_t row = cholesky_factor(l.data(), n); row >= 0)
      throw Error("ERR_NOT_POSITIVE_DEFINITE", "pivot " + std::to_string(row) + " is not positive.");
    for (int64_t i = 0; i < n; ++i) inverse[i * n + i] = 1;
    cholesky_solve(l.data(), n, inverse.data(), n);
    std::copy(inverse.begin(), inverse.end(), a->data.begin());
  });
}

int32_t bpr_epoch(KindredCudaMatrix* X, KindredCudaMatrix* Y, KindredCudaMatrix* item_bias, const KindredCudaBpr* epoch,
                  double* loss, KindredCudaCancel cancel, KindredCudaError* error) {
  return guarded(error, [&] {
    std::lock_guard lock(X->memory.context->mutex);
    compute(cancel);
    const SgdTarget target{X->data.data(),       Y->data.data(),       nullptr, item_bias->data.data(), X->cols,
                           epoch->learning_rate, epoch->regularization};
    const int64_t samples = epoch->cell_samples[epoch->round_cells[epoch->rounds]];
    std::vector<BprSample> all;
    for (int64_t s = 0; s < samples; ++s) all.push_back({epoch->users[s], epoch->items[s], epoch->others[s]});
    *loss = kernels().sgd.bpr(target, all.data(), samples, SgdChange::all);
  });
}

}  // namespace

void fill_kernels(KindredCuda& table) {
  table.index_bytes = index_bytes;
  table.search_bytes = search_bytes;
  table.pooling_bytes = pooling_bytes;
  table.gram_bytes = gram_bytes;
  table.als_cg_bytes = als_bytes;
  table.als_cholesky_bytes = als_bytes;
  table.index_create = index_create;
  table.index_fill = index_fill;
  table.index_search = index_search;
  table.index_destroy = index_destroy;
  table.normalize_rows = normalize;
  table.attention_pool = pool_forward;
  table.attention_pool_backward = pool_backward;
  table.gram = gram_of;
  table.project_bytes = project_bytes;
  table.project = project;
  table.inverse_bytes = inverse_bytes;
  table.inverse = inverse;
  table.bpr_bytes = bpr_bytes;
  table.bpr_epoch = bpr_epoch;
  if (mode() == "without-als") return;
  table.als_cg = als_cg;
  table.als_cholesky = als_cholesky;
}

}  // namespace kindred::fake
