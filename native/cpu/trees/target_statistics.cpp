#include "kindred/trees/target_statistics.h"

#include <limits>
#include <string>

#include "cpu/runtime/random.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred::trees {
namespace {

// What is known of one category.
struct Known {
  double sum = 0, count = 0;
};

void fill(const CategorySource& source, const float* labels, const std::vector<int32_t>& order, double prior,
          double weight, double* out, double* totals, const AbortFlag* abort) {
  std::vector<Known> known(source.categories);
  const auto statistic = [&](int32_t code) {
    return (known[code].sum + weight * prior) / (known[code].count + weight);
  };
  Poll poll(abort);
  for (const int32_t row : order) {
    const int64_t begin = source.offsets ? source.offsets[row] : row;
    const int64_t end = source.offsets ? source.offsets[row + 1] : row + 1;
    poll(1 + end - begin);
    double sum = 0, count = 0;
    for (int64_t i = begin; i < end; ++i) {
      const int32_t code = source.codes[i];
      if (code < -1 || code >= source.categories)
        fail_value("codes: expected codes below " + std::to_string(source.categories) + " but received " +
                   std::to_string(code) + ".");
      if (code < 0) continue;
      sum += statistic(code);
      count += 1;
    }
    out[row] = count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN();
    for (int64_t i = begin; i < end; ++i)
      if (const int32_t code = source.codes[i]; code >= 0) {
        known[code].sum += labels[row];
        known[code].count += 1;
      }
  }
  for (int64_t code = 0; code < source.categories; ++code) totals[code] = statistic(static_cast<int32_t>(code));
}

}  // namespace

void ordered_target_statistics(const std::vector<CategorySource>& sources, const float* labels, int64_t rows,
                               double prior, double weight, uint64_t seed, const std::vector<double*>& outs,
                               const std::vector<double*>& totals, const AbortFlag* abort) {
  if (!(weight > 0)) fail_value("weight: expected a number above 0.");
  const std::vector<int32_t> order = RandomStream(mix_seeds(seed, 0x6f72646572)).permutation(rows, abort);
  parallel_for(static_cast<int64_t>(sources.size()), 1, abort,
               [&](int64_t c, int64_t) { fill(sources[c], labels, order, prior, weight, outs[c], totals[c], abort); });
}

}  // namespace kindred::trees
