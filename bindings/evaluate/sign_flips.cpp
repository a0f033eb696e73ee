#include "kindred/evaluate/sign_flips.h"

#include "evaluate/series.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

// signFlipPValues(values: Float64Array, series: number, users: number, rounds: number, seed: number, abort?):
//   Promise<Float64Array> [series]; values [series, users]
KINDRED_EXPORT(signFlipPValues) {
  const Series values(info);
  const int64_t rounds = Count(info[3], "rounds");
  return Async(info, 5, [=](const AbortFlag* abort) {
    return sign_flip_p_values(values.data, values.count, values.users, rounds, values.seed, abort);
  });
}

}  // namespace

}  // namespace kindred::bindings
