#include "kindred/search/similarity.h"

#include <string>

#include "cpu/search/f32_band.h"
#include "kindred/runtime/error.h"

namespace kindred {

void similarity_matrix(ConstMatrix a, ConstMatrix b, Metric metric, float* out, const AbortFlag* abort) {
  if (a.cols != b.cols)
    fail_shape("expected the same number of columns but received " + std::to_string(a.cols) + " and " +
               std::to_string(b.cols) + ".");
  const MetricRows queries(a, metric, abort), items(b, metric, abort);
  // A chunk is a band of rows of `a`; each packs the panels of `b` anew, which costs 1 / kBand of its products.
  constexpr int64_t kBand = 48;
  parallel_for(a.rows, kBand, abort, [&](int64_t begin, int64_t end) {
    F32Band band(queries, begin, end, metric);
    std::vector<float> panel(kPanel * b.cols);
    for (int64_t p = 0; p < panel_count(b.rows); ++p) {
      if (aborted(abort)) fail_aborted();
      const int64_t first = p * kPanel, count = std::min(kPanel, b.rows - first);
      items.pack_panel(first, panel.data());
      band.score(panel.data(), 0);
      for (int64_t q = begin; q < end; ++q)
        for (int64_t i = 0; i < count; ++i) out[q * b.rows + first + i] = band.score_of(q - begin, i);
    }
  });
}

}  // namespace kindred
