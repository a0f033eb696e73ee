// A table with labels that some of its columns decide, a part of its numbers missing.
#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include "kindred/trees/booster.h"
#include "reference/trees/trees.h"
#include "test/harness/data.h"

namespace kindred::test {

struct TreeProblem {
  TreeProblem(Random& random, int64_t rows, int64_t columns, double missing, trees::Objective objective,
              int64_t levels = 40)
      : rows(rows), numbers(columns, std::vector<double>(rows)), labels(rows) {
    for (int64_t c = 0; c < columns; ++c)
      for (int64_t r = 0; r < rows; ++r)
        numbers[c][r] = random.uniform(0, 1) < missing ? std::numeric_limits<double>::quiet_NaN()
                                                       : static_cast<double>(random.integer(0, c == 0 ? 3 : levels));
    for (int64_t r = 0; r < rows; ++r) {
      double score = random.uniform(-1.5, 1.5);
      for (int64_t c = 0; c < columns; c += 2) {
        const double x = numbers[c][r];
        score += std::isnan(x) ? 0.7 : (c % 4 == 0 ? x / 10 - 2 : std::sin(x));
      }
      labels[r] = objective == trees::Objective::log_loss ? static_cast<float>(score > 0) : static_cast<float>(score);
    }
    for (const std::vector<double>& column : numbers) sources.push_back({column.data(), nullptr, 1});
    edges = trees::bin_edges(sources, rows, trees::kMostBins, nullptr);
    for (int64_t c = 0; c < columns; ++c) {
      const std::vector<double> own(edges.values.begin() + edges.offsets[c],
                                    edges.values.begin() + edges.offsets[c + 1]);
      bins.emplace_back();
      for (const double x : numbers[c]) bins.back().push_back(static_cast<uint8_t>(reference::bin_of(x, own)));
    }
  }

  trees::LabelledTable table() const { return {sources, labels.data(), rows}; }
  trees::EdgesView edges_view() const {
    return {edges.values.data(), edges.offsets.data(), static_cast<int64_t>(edges.offsets.size()) - 1};
  }
  std::vector<uint8_t> bins_of(int64_t row) const {
    std::vector<uint8_t> out;
    for (const std::vector<uint8_t>& column : bins) out.push_back(column[row]);
    return out;
  }

  int64_t rows;
  std::vector<std::vector<double>> numbers;  // [columns][rows]
  std::vector<float> labels;
  std::vector<trees::NumberSource> sources;
  trees::Edges edges;
  std::vector<std::vector<uint8_t>> bins;  // [columns][rows], by the reference
};

}  // namespace kindred::test
