// A cell of an epoch of BPR by a warp: its samples, one after another (Rendle et al. 2009, figure 4).
#pragma once

#include "cuda/runtime/group.h"

namespace kindred::cuda {

struct BprJob {
  float *X, *Y, *bias;  // [users, factors], [items, factors], [items]
  int64_t factors;
  const int32_t *users, *items, *others;
  const int64_t* cell_samples;
  float learning_rate, regularization;
  double* losses;  // [cells]
};

KINDRED_DEVICE void bpr_cell(const Warp& warp, const BprJob& job, int64_t cell) {
  double loss = 0;
  for (int64_t s = job.cell_samples[cell]; s < job.cell_samples[cell + 1]; ++s) {
    float* const x = job.X + job.users[s] * job.factors;
    float* const y = job.Y + job.items[s] * job.factors;
    float* const z = job.Y + job.others[s] * job.factors;
    float* const y_bias = job.bias + job.items[s];
    float* const z_bias = job.bias + job.others[s];
    PerLane<float> parts;
    warp.lanes([&](int lane) {
      float sum = lane == 0 ? *y_bias - *z_bias : 0.0f;
      for (int64_t t = lane; t < job.factors; t += kWarp) sum += x[t] * (y[t] - z[t]);
      parts[lane] = sum;
    });
    const float difference = warp.sum(parts);
    const float wrong = 1 / (1 + expf(difference));
    const auto stepped = [&](float v, float gradient) {
      return v + job.learning_rate * (gradient - job.regularization * v);
    };
    warp.lanes([&](int lane) {
      for (int64_t t = lane; t < job.factors; t += kWarp) {
        const float a = x[t], b = y[t], c = z[t];
        x[t] = stepped(a, wrong * (b - c));
        y[t] = stepped(b, wrong * a);
        z[t] = stepped(c, -wrong * a);
      }
      if (lane != 0) return;
      *y_bias = stepped(*y_bias, wrong);
      *z_bias = stepped(*z_bias, -wrong);
    });
    // ln(1 + e^-d) without overflow
    const double d = difference, far = d < 0 ? -d : 0;
    loss += far + log1p(exp(-fabs(d)));
  }
  warp.each(1, [&](int64_t) { job.losses[cell] = loss; });
}

}  // namespace kindred::cuda
