// Numbers by user that are resampled.
#pragma once

#include "napi/arguments.h"

namespace kindred::bindings {

// The arguments 0, 1, 2 and 4 of a call: values [count, users], and a seed.
struct Series {
  explicit Series(const Napi::CallbackInfo& info) {
    const auto values = Doubles(info[0], "values");
    count = Count(info[1], "series");
    users = Count(info[2], "users");
    seed = Whole(info[4], "seed");
    if (values.size != count * users)
      fail_shape("values: expected " + std::to_string(count * users) + " numbers but received " +
                 std::to_string(values.size) + ".");
    data = values.data;
  }

  const double* data;
  int64_t count, users;
  uint64_t seed;
};

}  // namespace kindred::bindings
