// Attention pooling, forward and backward.
#include <algorithm>
#include <cmath>

#include "cuda/pooling/attention.h"
#include "cuda/runtime/launch.h"
#include "cuda/runtime/objects.h"
#include "cuda/runtime/table.h"

namespace kindred::cuda {
namespace {

constexpr int64_t kMostGroups = 1024;
constexpr int64_t kMostPartialBytes = int64_t{256} << 20;

__global__ void __launch_bounds__(kAttentionThreads) forward_kernel(const AttentionJob job, float* out) {
  pool_group(this_block(), job, blockIdx.x, out);
}

__global__ void __launch_bounds__(kAttentionThreads) backward_kernel(const AttentionJob job) {
  pool_backward_group(this_block(), job, blockIdx.x);
}

__global__ void add_groups_kernel(const AttentionJob job, float* d_queries) {
  const int64_t n = this_element();
  if (n < job.heads * job.dims) d_queries[n] = add_groups(job, n);
}

// Fixed by the shapes, since the order of sums follows it.
int64_t groups_of(int64_t batch, int64_t tokens, int64_t dims, int64_t heads) {
  const int64_t of_group = std::max<int64_t>(1, heads * (dims + 2 * tokens) * 4);
  return std::clamp<int64_t>(kMostPartialBytes / of_group, 1, std::clamp<int64_t>(batch, 1, kMostGroups));
}

int64_t carve(AttentionJob& job, uint8_t*& mask, bool backward, Arena arena) {
  mask = arena.take<uint8_t>(job.batch * job.tokens);
  job.weights = arena.take<float>(job.groups * job.heads * job.tokens);
  job.d_scores = arena.take<float>(backward ? job.groups * job.heads * job.tokens : 0);
  job.partial = arena.take<float>(backward ? job.groups * job.heads * job.dims : 0);
  return arena.used();
}

AttentionJob job_of(int64_t batch, int64_t tokens, int64_t dims, int64_t heads) {
  AttentionJob job{};
  job.batch = batch;
  job.tokens = tokens;
  job.dims = dims;
  job.heads = heads;
  job.scale = 1.0f / std::sqrt(static_cast<float>(dims));
  job.groups = groups_of(batch, tokens, dims, heads);
  return job;
}

bool legal(int64_t batch, int64_t tokens, int64_t dims, int64_t heads) {
  return batch >= 0 && tokens >= 0 && dims >= 1 && heads >= 1 && dims % heads == 0;
}

AttentionJob checked_job(const KindredCudaMatrix* states, int64_t batch, int64_t tokens,
                         const KindredCudaMatrix* queries, const KindredCudaMatrix* out) {
  const int64_t dims = states->cols;
  if (!legal(batch, tokens, dims, queries->rows) || states->rows != batch * tokens || queries->cols != dims ||
      out->rows != batch || out->cols != dims || queries->context != states->context || out->context != states->context)
    fail_invalid(
        "attention_pool: expected states [batch * tokens, dims], queries [heads, dims], heads a divisor of "
        "dims, and [batch, dims] but received " +
        shape(states->rows, dims) + ", " + shape(queries->rows, queries->cols) + " and " + shape(out->rows, out->cols) +
        " for " + std::to_string(batch) + " texts of " + std::to_string(tokens) + " tokens.");
  AttentionJob job = job_of(batch, tokens, dims, queries->rows);
  job.states = states->data();
  job.queries = queries->data();
  return job;
}

void place(KindredCudaContext* context, AttentionJob& job, const uint8_t* mask, bool backward) {
  uint8_t* on_device = nullptr;
  const std::string what = "attention_pool of " + std::to_string(job.batch) + " texts of " +
                           shape(job.tokens, job.dims) + ", " + std::to_string(job.heads) + " heads";
  const int64_t bytes = carve(job, on_device, backward, Arena());
  carve(job, on_device, backward, Arena(context->working_space(bytes, what)));
  context->upload(on_device, mask, job.batch * job.tokens);
  job.mask = on_device;
}

}  // namespace

int64_t pooling_bytes(int64_t batch, int64_t tokens, int64_t dims, int64_t heads, int32_t backward) {
  if (!legal(batch, tokens, dims, heads)) return -1;
  AttentionJob job = job_of(batch, tokens, dims, heads);
  uint8_t* mask = nullptr;
  return carve(job, mask, backward != 0, Arena());
}

int32_t attention_pool(const KindredCudaMatrix* states, const uint8_t* mask, int64_t batch, int64_t tokens,
                       const KindredCudaMatrix* queries, KindredCudaMatrix* out, KindredCudaCancel cancel,
                       KindredCudaError* error) {
  return guarded(error, [&] {
    AttentionJob job = checked_job(states, batch, tokens, queries, out);
    throw_if_cancelled(cancel);
    if (batch == 0) return;
    const Use use(states->context);
    place(states->context, job, mask, false);
    launch_blocks(states->context, "attention_pool", forward_kernel, grid_of(job.groups), kAttentionThreads, 0, job,
                  out->data());
    states->context->wait("attention_pool");
  });
}

int32_t attention_pool_backward(const KindredCudaMatrix* states, const uint8_t* mask, int64_t batch, int64_t tokens,
                                const KindredCudaMatrix* queries, const KindredCudaMatrix* d_out,
                                KindredCudaMatrix* d_queries, KindredCudaMatrix* d_states, KindredCudaCancel cancel,
                                KindredCudaError* error) {
  return guarded(error, [&] {
    AttentionJob job = checked_job(states, batch, tokens, queries, d_out);
    const auto fits = [&](const KindredCudaMatrix* gradient, const KindredCudaMatrix* of) {
      return !gradient ||
             (gradient->context == of->context && gradient->rows == of->rows && gradient->cols == of->cols);
    };
    if (!fits(d_queries, queries) || !fits(d_states, states))
      fail_invalid("attention_pool_backward: expected gradients of the shapes of queries and states.");
    throw_if_cancelled(cancel);
    KindredCudaContext* const context = states->context;
    const Use use(context);
    if (batch == 0) {
      if (d_queries) check(cudaMemsetAsync(d_queries->data(), 0, d_queries->memory.bytes(), context->stream), "zeros");
      return context->wait("attention_pool_backward");
    }
    place(context, job, mask, true);
    job.d_out = d_out->data();
    job.d_states = d_states ? d_states->data() : nullptr;
    if (!d_queries) job.partial = nullptr;
    launch_blocks(context, "attention_pool_backward", backward_kernel, grid_of(job.groups), kAttentionThreads, 0, job);
    if (d_queries)
      launch_elements(context, "attention_pool_backward", add_groups_kernel, job.heads * job.dims, job,
                      d_queries->data());
    context->wait("attention_pool_backward");
  });
}

}  // namespace kindred::cuda
