#include "reference/pooling/pooling.h"

#include <cmath>

namespace kindred::reference {

std::vector<double> pool(const TokenStates& in, Pooling pooling) {
  std::vector<double> out(in.batch * in.dims, 0.0);
  for (int64_t b = 0; b < in.batch; ++b) {
    std::vector<int64_t> counting;
    for (int64_t t = 0; t < in.tokens; ++t)
      if (in.mask[b * in.tokens + t] != 0) counting.push_back(t);
    if (counting.empty()) continue;
    for (int64_t d = 0; d < in.dims; ++d) {
      const auto state = [&](int64_t t) { return static_cast<double>(in.states[(b * in.tokens + t) * in.dims + d]); };
      double value = state(counting[0]);
      for (size_t n = 1; n < counting.size(); ++n) {
        if (pooling == Pooling::mean) value += state(counting[n]);
        if (pooling == Pooling::max && !std::isnan(value) && !(state(counting[n]) <= value)) value = state(counting[n]);
      }
      out[b * in.dims + d] = pooling == Pooling::mean ? value / static_cast<double>(counting.size()) : value;
    }
  }
  return out;
}

}  // namespace kindred::reference
