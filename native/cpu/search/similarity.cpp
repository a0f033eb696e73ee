#include "kindred/search/similarity.h"

#include <limits>
#include <string>

#include "cpu/runtime/kernel_table.h"
#include "cpu/search/f32_band.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {

namespace {

void check_same_width(ConstMatrix a, ConstMatrix b) {
  if (a.cols != b.cols)
    fail_shape("expected the same number of columns but received " + std::to_string(a.cols) + " and " +
               std::to_string(b.cols) + ".");
}

}  // namespace

void similarity_matrix(ConstMatrix a, ConstMatrix b, Metric metric, float* out, const AbortFlag* abort) {
  check_same_width(a, b);
  const MetricRows queries(a, metric, abort), items(b, metric, abort);
  // A chunk is a band of rows of `a` by a slice of the panels of `b`: all of them where there are bands enough. Each
  // packs its panels anew, which costs 1 / kBand of its products.
  constexpr int64_t kBand = 48, kPanelsOfSlice = 64, kBands = 256;
  const int64_t panels = panel_count(b.rows), bands = (a.rows + kBand - 1) / kBand;
  const int64_t slices = bands >= kBands ? 1 : (panels + kPanelsOfSlice - 1) / kPanelsOfSlice;
  parallel_for(bands * slices, 1, abort, [&](int64_t chunk, int64_t) {
    const int64_t begin = chunk / slices * kBand, end = std::min(begin + kBand, a.rows), slice = chunk % slices;
    const int64_t first_panel = panels * slice / slices, last_panel = panels * (slice + 1) / slices;
    F32Band band(queries, begin, end, metric);
    std::vector<uint32_t> panel(kPanel * b.cols);
    for (int64_t p = first_panel; p < last_panel; ++p) {
      if (aborted(abort)) fail_aborted();
      const int64_t first = p * kPanel, count = std::min(kPanel, b.rows - first);
      items.pack_panel(first, panel.data());
      band.score(panel.data(), 0);
      for (int64_t q = begin; q < end; ++q)
        for (int64_t i = 0; i < count; ++i) out[q * b.rows + first + i] = band.score_of(q - begin, i);
    }
  });
}

void dot_of_pairs(ConstMatrix a, ConstMatrix b, const int32_t* a_rows, const int32_t* b_rows, int64_t count, float* out,
                  const AbortFlag* abort) {
  check_same_width(a, b);
  constexpr int64_t kChunk = 1024, kTogether = 8;
  const auto in = [](int32_t row, int64_t rows) { return row >= -1 && row < rows; };
  Poll poll(abort);
  for (int64_t n = 0; n < count; ++n, poll())
    if (!in(a_rows[n], a.rows) || !in(b_rows[n], b.rows))
      fail_shape("pairs: expected rows below " + std::to_string(a.rows) + " and " + std::to_string(b.rows) +
                 " but received " + std::to_string(a_rows[n]) + " and " + std::to_string(b_rows[n]) + ".");
  parallel_for(count, kChunk, abort, [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end;) {
      if (a_rows[n] < 0 || b_rows[n] < 0) {
        out[n++] = std::numeric_limits<float>::quiet_NaN();
        continue;
      }
      const float* rows[kTogether];
      int64_t together = 0;
      for (; together < kTogether && n + together < end; ++together) {
        if (a_rows[n + together] != a_rows[n] || b_rows[n + together] < 0) break;
        rows[together] = b.row(b_rows[n + together]);
      }
      kernels().dot_of_rows(a.row(a_rows[n]), rows, together, a.cols, out + n);
      n += together;
    }
  });
}

}  // namespace kindred
