#include "kindred/similarity.h"

#include <string>

#include "cpu/panels.h"
#include "kindred/error.h"

namespace kindred {

void similarity_matrix(ConstMatrix a, ConstMatrix b, Metric metric, float* out, const AbortFlag* abort) {
  if (a.cols != b.cols)
    fail_shape("expected the same number of columns but received " + std::to_string(a.cols) + " and " +
               std::to_string(b.cols) + ".");
  const QueryScorer scorer(a, metric, abort);
  const PanelPacker packer(b, metric, abort);
  // A chunk is a band of rows of `a`; each packs the panels of `b` anew, which costs 1 / kBand of its products.
  constexpr int64_t kBand = 48;
  parallel_for(a.rows, kBand, abort, [&](int64_t begin, int64_t end) {
    std::vector<float> panel(kPanel * b.cols), scores(kBand * kPanel);
    for (int64_t p = 0; p < panel_count(b.rows); ++p) {
      if (aborted(abort)) fail_aborted();
      const int64_t first = p * kPanel, count = std::min(kPanel, b.rows - first);
      packer.pack(first, panel.data());
      scorer.score(begin, end, panel.data(), 0, scores.data());
      for (int64_t q = begin; q < end; ++q)
        std::copy_n(scores.data() + (q - begin) * kPanel, count, out + q * b.rows + first);
    }
  });
}

}  // namespace kindred
