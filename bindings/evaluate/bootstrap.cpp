#include "kindred/evaluate/bootstrap.h"

#include "kindred/runtime/error.h"
#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

// bootstrapMeans(values: Float64Array, series: number, users: number, resamples: number, seed: number, abort?):
//   Promise<Float64Array> [series, resamples]; values [series, users]
KINDRED_EXPORT(bootstrapMeans) {
  const auto values = Doubles(info[0], "values");
  const int64_t series = Count(info[1], "series"), users = Count(info[2], "users"),
                resamples = Count(info[3], "resamples");
  const double seed = Number(info[4], "seed");
  if (values.size != series * users)
    fail_shape("values: expected " + std::to_string(series * users) + " numbers but received " +
               std::to_string(values.size) + ".");
  if (seed < 0 || seed > 0x1p53) throw Error("ERR_VALUE", "seed: expected an integer from 0 to 2^53.");
  return Async(info, 5, [=](const AbortFlag* abort) {
    return bootstrap_means(values.data, series, users, resamples, static_cast<uint64_t>(seed), abort);
  });
}

}  // namespace

}  // namespace kindred::bindings
