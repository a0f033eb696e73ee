#include "kindred/evaluate/bootstrap.h"

#include "evaluate/series.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

// bootstrapMeans(values: Float64Array, series: number, users: number, resamples: number, seed: number, abort?):
//   Promise<Float64Array> [series, resamples]; values [series, users]
KINDRED_EXPORT(bootstrapMeans) {
  const Series values(info);
  const int64_t resamples = Count(info[3], "resamples");
  return Async(info, 5, [=](const AbortFlag* abort) {
    return bootstrap_means(values.data, values.count, values.users, resamples, values.seed, abort);
  });
}

}  // namespace

}  // namespace kindred::bindings
