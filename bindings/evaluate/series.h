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
    const double number = Number(info[4], "seed");
    if (values.size != count * users)
      fail_shape("values: expected " + std::to_string(count * users) + " numbers but received " +
                 std::to_string(values.size) + ".");
    if (number < 0 || number > 0x1p53) throw Error("ERR_VALUE", "seed: expected an integer from 0 to 2^53.");
    data = values.data;
    seed = static_cast<uint64_t>(number);
  }

  const double* data;
  int64_t count, users;
  uint64_t seed;
};

}  // namespace kindred::bindings
