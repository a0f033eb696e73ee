#include "kindred/trees/booster.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "cpu/runtime/kernel_table.h"
#include "cpu/runtime/random.h"
#include "cpu/trees/binned_table.h"
#include "cpu/trees/derivatives.h"
#include "cpu/trees/grower.h"
#include "cpu/trees/walk.h"
#include "kindred/nn/layers/activation.h"
#include "kindred/runtime/error.h"

namespace kindred::trees {
namespace {

constexpr int64_t kRowsPerChunk = 4096;
constexpr int64_t kRowsPerWalk = 256;

void check_options(const BoosterOptions& o) {
  const auto need = [](bool holds, const char* message) {
    if (!holds) fail_value(message);
  };
  need(o.learning_rate > 0 && o.learning_rate <= 1, "learningRate: expected a number above 0 and at most 1.");
  need(o.leaves >= 2 && o.leaves <= 65536, "leaves: expected 2 to 65536.");
  need(o.depth >= 0, "depth: expected at least 0.");
  need(o.leaf_rows >= 1, "leafRows: expected at least 1.");
  need(o.leaf_weight >= 0, "leafWeight: expected at least 0.");
  need(o.l2 >= 0, "l2: expected at least 0.");
  need(o.gain >= 0, "gain: expected at least 0.");
  need(o.row_share > 0 && o.row_share <= 1, "rowShare: expected a number above 0 and at most 1.");
  need(o.column_share > 0 && o.column_share <= 1, "columnShare: expected a number above 0 and at most 1.");
}

void check_labels(Objective objective, const LabelledTable& table) {
  if (table.rows > kMostRows) throw Error("ERR_TOO_LARGE", "rows: expected at most 67108864.");
  for (int64_t r = 0; r < table.rows; ++r) {
    const float label = table.labels[r];
    if (objective == Objective::log_loss ? label == 0 || label == 1 : std::isfinite(label)) continue;
    fail_value("labels: expected " + std::string(objective == Objective::log_loss ? "0 or 1" : "finite numbers") +
               " but row " + std::to_string(r) + " has " + std::to_string(label) + ".");
  }
}

// The score that alone has the least loss.
double base_of(Objective objective, const float* labels, int64_t rows) {
  double sum = 0;
  for (int64_t r = 0; r < rows; ++r) sum += static_cast<double>(labels[r]);
  const double mean = sum / static_cast<double>(rows);
  if (objective == Objective::squared_error) return mean;
  if (mean <= 0 || mean >= 1) fail_value("labels: expected both 0 and 1.");
  return std::log(mean / (1 - mean));
}

}  // namespace

struct Booster::State {
  BoosterOptions options;
  BinnedTable table;
  std::vector<float> labels, validation_labels;
  LargeVector<uint8_t> validation_codes;  // [rows, columns]
  double base = 0;
  std::vector<double> scores, validation_scores;
  std::vector<Derivatives> derivatives;
  std::vector<int32_t> left_out;  // rows that the tree is not grown on
  std::vector<uint8_t> active;
  Grower grower;
  Ensemble ensemble;

  State(const LabelledTable& train, const EdgesView& edges, const BoosterOptions& given, const AbortFlag* abort)
      : options(given), table(bin_table(train.sources, train.rows, edges, abort)), grower(table, options) {}

  // Each row by a number of its own of the seed, the tree and the row.
  void draw_rows(const AbortFlag* abort) {
    std::vector<int32_t>& rows = grower.rows();
    if (options.row_share == 1) {
      rows.resize(table.rows);
      in_rows(abort, [&](int64_t r) { rows[r] = static_cast<int32_t>(r); });
      return;
    }
    const uint64_t key = mix_seeds(options.seed, static_cast<uint64_t>(ensemble.trees()));
    rows.clear();
    left_out.clear();
    in_rows(abort, [&](int64_t r) {
      const bool taken =
          static_cast<double>(mix_seeds(key, static_cast<uint64_t>(r)) >> 11) * 0x1p-53 < options.row_share;
      (taken ? rows : left_out).push_back(static_cast<int32_t>(r));
    });
  }

  void draw_columns(const AbortFlag* abort) {
    active.assign(table.columns, options.column_share == 1);
    if (options.column_share == 1) return;
    const int64_t count = std::max<int64_t>(1, std::lrint(options.column_share * static_cast<double>(table.columns)));
    RandomStream stream(mix_seeds(options.seed ^ 0x636f6c756d6e73, static_cast<uint64_t>(ensemble.trees())));
    const std::vector<int32_t> order = stream.permutation(table.columns, abort);
    for (int64_t i = 0; i < std::min(count, table.columns); ++i) active[order[i]] = 1;
  }

  template <class Body>
  void in_rows(const AbortFlag* abort, Body body) const {
    for (int64_t begin = 0; begin < table.rows; begin += kRowsPerChunk) {
      if (aborted(abort)) fail_aborted();
      for (int64_t r = begin; r < std::min(begin + kRowsPerChunk, table.rows); ++r) body(r);
    }
  }

  void append(const std::vector<GrownNode>& nodes, const Units& units) {
    for (const GrownNode& node : nodes) {
      const bool leaf = node.left == 0;
      const double value =
          -options.learning_rate * units.first_of(node.sums) / (units.second_of(node.sums) + options.l2);
      ensemble.columns.push_back(leaf ? -1 : node.split.column);
      ensemble.lefts.push_back(node.left);
      ensemble.bins.push_back(leaf ? 0 : node.split.bin);
      ensemble.missing_left.push_back(!leaf && node.split.missing_left);
      ensemble.values.push_back(leaf && std::isfinite(value) ? static_cast<float>(value) : 0.0f);
      ensemble.gains.push_back(leaf ? 0.0f : static_cast<float>(node.split.gain));
      ensemble.rows.push_back(static_cast<int32_t>(node.count));
    }
    ensemble.offsets.push_back(static_cast<int32_t>(ensemble.columns.size()));
  }

  // Of the rows that the last tree was grown on, by its leaves.
  void add_leaves(const std::vector<GrownNode>& nodes, const AbortFlag* abort) {
    struct Piece {
      int64_t begin, end;
      double value;
    };
    std::vector<Piece> pieces;
    const float* const values = ensemble.values.data() + ensemble.offsets[ensemble.trees() - 1];
    for (size_t n = 0; n < nodes.size(); ++n)
      if (nodes[n].left == 0)
        for (int64_t begin = 0; begin < nodes[n].count; begin += kRowsPerChunk)
          pieces.push_back({nodes[n].begin + begin, nodes[n].begin + std::min(begin + kRowsPerChunk, nodes[n].count),
                            static_cast<double>(values[n])});
    const int32_t* const rows = grower.rows().data();
    parallel_for(static_cast<int64_t>(pieces.size()), 4, abort, [&](int64_t first, int64_t last) {
      for (int64_t p = first; p < last; ++p)
        for (int64_t i = pieces[p].begin; i < pieces[p].end; ++i) scores[rows[i]] += pieces[p].value;
    });
  }

  void add_left_out(const PackedTrees& tree, const AbortFlag* abort) {
    const int64_t stride = table.groups * table.width;
    parallel_for(static_cast<int64_t>(left_out.size()), kRowsPerWalk, abort, [&](int64_t begin, int64_t end) {
      std::vector<uint8_t> codes((end - begin) * stride);
      std::vector<double> sums(end - begin, 0.0);
      for (int64_t i = begin; i < end; ++i)
        for (int64_t g = 0; g < table.groups; ++g)
          std::copy_n(table.group(g) + left_out[i] * table.width, table.width,
                      codes.data() + (i - begin) * stride + g * table.width);
      tree.add_scores(codes.data(), stride, end - begin, sums.data());
      for (int64_t i = begin; i < end; ++i) scores[left_out[i]] += sums[i - begin];
    });
  }
};

Booster::Booster(const LabelledTable& train, const LabelledTable& validation, const EdgesView& edges,
                 const BoosterOptions& options, const AbortFlag* abort) {
  check_options(options);
  check_edges(edges, edges.offsets[edges.columns]);
  if (edges.columns > UINT16_MAX) throw Error("ERR_TOO_LARGE", "columns: expected at most 65535 in all.");
  if (edges.columns == 0) fail_shape("columns: expected at least one.");
  if (train.rows == 0) fail_shape("rows: expected at least one.");
  check_labels(options.objective, train);
  check_labels(options.objective, validation);
  state_ = std::make_unique<State>(train, edges, options, abort);
  State& s = *state_;
  s.labels.assign(train.labels, train.labels + train.rows);
  s.base = base_of(options.objective, train.labels, train.rows);
  s.scores.assign(train.rows, s.base);
  s.derivatives.resize(train.rows);
  if (validation.rows == 0) return;
  s.validation_codes = bin_rows(validation.sources, validation.rows, edges, abort);
  s.validation_labels.assign(validation.labels, validation.labels + validation.rows);
  s.validation_scores.assign(validation.rows, s.base);
}

Booster::~Booster() = default;

double Booster::base() const { return state_->base; }
const Ensemble& Booster::ensemble() const { return state_->ensemble; }
const double* Booster::scores() const { return state_->scores.data(); }
const double* Booster::validation_scores() const { return state_->validation_scores.data(); }

double Booster::loss(const AbortFlag* abort) const {
  return mean_loss(state_->options.objective, state_->scores.data(), state_->labels.data(), state_->table.rows, abort);
}

double Booster::step(const AbortFlag* abort) {
  State& s = *state_;
  const Objective objective = s.options.objective;
  s.draw_rows(abort);
  s.draw_columns(abort);
  const Units units =
      write_derivatives(objective, s.scores.data(), s.labels.data(), s.table.rows, s.derivatives.data(), abort);
  const std::vector<GrownNode>& nodes = s.grower.grow(s.derivatives.data(), units, s.active, abort);
  s.append(nodes, units);
  s.add_leaves(nodes, abort);
  const int64_t trees = s.ensemble.trees(), held_out = static_cast<int64_t>(s.validation_labels.size());
  const PackedTrees tree(view_of(s.ensemble), trees - 1, trees);
  if (!s.left_out.empty()) s.add_left_out(tree, abort);
  if (held_out == 0) return std::numeric_limits<double>::quiet_NaN();
  parallel_for(held_out, kRowsPerWalk, abort, [&](int64_t begin, int64_t end) {
    tree.add_scores(s.validation_codes.data() + begin * s.table.columns, s.table.columns, end - begin,
                    s.validation_scores.data() + begin);
  });
  return mean_loss(objective, s.validation_scores.data(), s.validation_labels.data(), held_out, abort);
}

double mean_loss(Objective objective, const double* scores, const float* labels, int64_t rows, const AbortFlag* abort) {
  std::vector<double> sums((rows + kRowsPerChunk - 1) / kRowsPerChunk, 0.0);
  parallel_for(rows, kRowsPerChunk, abort, [&](int64_t begin, int64_t end) {
    double sum = 0;
    for (int64_t r = begin; r < end; ++r) {
      const double score = scores[r], label = static_cast<double>(labels[r]);
      sum += objective == Objective::squared_error
                 ? (score - label) * (score - label)
                 : std::max(score, 0.0) - label * score + std::log1p(std::exp(-std::fabs(score)));
    }
    sums[begin / kRowsPerChunk] = sum;
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return total / static_cast<double>(rows);
}

}  // namespace kindred::trees
