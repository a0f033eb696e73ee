#include "kindred/trees/ensemble.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "cpu/trees/walk.h"
#include "kindred/runtime/error.h"

namespace kindred::trees {
namespace {

constexpr int64_t kRowsPerChunk = 256;

[[noreturn]] void fail_node(int64_t tree, int64_t node, const std::string& what) {
  fail_value("trees: expected " + what + ", but not so node " + std::to_string(node) + " of tree " +
             std::to_string(tree) + ".");
}

void check_tree(const EnsembleView& e, const EdgesView& edges, int64_t tree, std::vector<uint8_t>& is_child) {
  const int64_t root = e.offsets[tree], count = e.offsets[tree + 1] - root;
  is_child.assign(count, 0);
  for (int64_t n = 0; n < count; ++n) {
    const int32_t column = e.columns[root + n], left = e.lefts[root + n];
    if (n > 0 && !is_child[n]) fail_node(tree, n, "every node but the root to be a child");
    if (column < -1 || column >= edges.columns)
      fail_node(tree, n, "a column below " + std::to_string(edges.columns) + ", or -1 for a leaf");
    if (e.missing_left[root + n] > 1) fail_node(tree, n, "0 or 1 for where a missing number goes");
    if (!std::isfinite(e.values[root + n])) fail_node(tree, n, "a finite value");
    if (column < 0) {
      if (left != 0) fail_node(tree, n, "no children of a leaf");
      continue;
    }
    if (left <= n || left >= count - 1) fail_node(tree, n, "two children after the node and within the tree");
    if (is_child[left] || is_child[left + 1]) fail_node(tree, n, "children of no other node");
    is_child[left] = is_child[left + 1] = 1;
    if (e.bins[root + n] < 1 || e.bins[root + n] > edges.count(column) + 1) fail_node(tree, n, "a bin of its column");
  }
}

// put(begin, end, scores) for all rows, some hundred at a time.
template <class Put>
void score_rows(const EnsembleView& ensemble, const EdgesView& edges, const std::vector<NumberSource>& sources,
                int64_t rows, double base, const AbortFlag* abort, const Put& put) {
  check_ensemble(ensemble, edges);
  if (static_cast<int64_t>(sources.size()) != edges.columns)
    fail_shape("columns: expected as many as there are edges for.");
  std::vector<int32_t> places(edges.columns, -1), used;
  for (int64_t n = 0; n < ensemble.nodes; ++n)
    if (const int32_t column = ensemble.columns[n]; column >= 0 && places[column] < 0) {
      places[column] = static_cast<int32_t>(used.size());
      used.push_back(column);
    }
  const PackedTrees trees(ensemble, 0, ensemble.trees, places.data());
  const int64_t width = std::max<int64_t>(1, static_cast<int64_t>(used.size()));
  parallel_for(rows, kRowsPerChunk, abort, [&](int64_t begin, int64_t end) {
    std::vector<uint8_t> codes((end - begin) * width);
    for (size_t place = 0; place < used.size(); ++place)
      write_bins(sources[used[place]], begin, end - begin, edges.of(used[place]), edges.count(used[place]),
                 codes.data() + place, width);
    double scores[kRowsPerChunk];
    std::fill_n(scores, end - begin, base);
    trees.add_scores(codes.data(), width, end - begin, scores);
    put(begin, end, scores);
  });
}

}  // namespace

EnsembleView view_of(const Ensemble& e) {
  return {e.offsets.data(), e.trees(),
          e.columns.data(), e.lefts.data(),
          e.bins.data(),    e.missing_left.data(),
          e.values.data(),  static_cast<int64_t>(e.columns.size())};
}

void check_ensemble(const EnsembleView& e, const EdgesView& edges) {
  if (edges.columns > UINT16_MAX) throw Error("ERR_TOO_LARGE", "columns: expected at most 65535 in all.");
  if (e.offsets[0] != 0 || e.offsets[e.trees] != e.nodes)
    fail_value("trees: expected offsets from 0 to " + std::to_string(e.nodes) + ".");
  for (int64_t t = 0; t < e.trees; ++t)
    if (e.offsets[t + 1] <= e.offsets[t] || e.offsets[t + 1] > e.nodes)
      fail_value("trees: expected a root of tree " + std::to_string(t) + ".");
  std::vector<uint8_t> is_child;
  for (int64_t t = 0; t < e.trees; ++t) check_tree(e, edges, t, is_child);
}

void ensemble_scores(const EnsembleView& ensemble, const EdgesView& edges, const std::vector<NumberSource>& sources,
                     int64_t rows, double base, double* out, const AbortFlag* abort) {
  score_rows(ensemble, edges, sources, rows, base, abort,
             [=](int64_t begin, int64_t end, const double* scores) { std::copy_n(scores, end - begin, out + begin); });
}

void ensemble_predict(const EnsembleView& ensemble, const EdgesView& edges, const std::vector<NumberSource>& sources,
                      int64_t rows, double base, bool logistic, float* out, const AbortFlag* abort) {
  score_rows(ensemble, edges, sources, rows, base, abort, [=](int64_t begin, int64_t end, const double* scores) {
    for (int64_t r = begin; r < end; ++r) {
      const double score = scores[r - begin];
      out[r] = static_cast<float>(logistic ? 1 / (1 + std::exp(-score)) : std::clamp(score, 0.0, 1.0));
    }
  });
}

}  // namespace kindred::trees
