// Boosted trees by their definitions: every split by a look at every row, scalar and in double.
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/trees/booster.h"

namespace kindred::reference {

// The edges of one column, where there are no more different numbers than bins.
std::vector<double> edges_between(const std::vector<double>& numbers);

// 0 where it is missing, else 1 + how many edges are below it.
int bin_of(double number, const std::vector<double>& edges);

// What a cut of rows by one column gains, and how many rows and how much second derivative both sides have.
struct Cut {
  double gain = 0;
  int64_t rows[2] = {0, 0};
  double weight[2] = {0, 0};
};

// derivatives of the loss of each row
void derivatives(trees::Objective objective, const std::vector<double>& scores, const std::vector<float>& labels,
                 std::vector<double>& first, std::vector<double>& second);

// Of `rows`, by their bins: those up to `bin` go left, what is missing where it says.
Cut cut_of(const std::vector<int32_t>& rows, const std::vector<uint8_t>& bins, int bin, bool missing_left,
           const std::vector<double>& first, const std::vector<double>& second, double l2);

// The largest gain of all cuts by all columns [columns][rows] that the options allow; 0 if there is none.
double best_gain(const std::vector<int32_t>& rows, const std::vector<std::vector<uint8_t>>& columns,
                 const std::vector<double>& first, const std::vector<double>& second,
                 const trees::BoosterOptions& options);

// The score of one row of bins [columns], by a walk through each tree.
double score_of(const trees::Ensemble& ensemble, const std::vector<uint8_t>& bins, double base);

// Ordered target statistics of one column: for each row a look at all rows before it.
std::vector<double> ordered_statistics(const std::vector<std::vector<int32_t>>& codes, const std::vector<float>& labels,
                                       const std::vector<int32_t>& order, double prior, double weight);

}  // namespace kindred::reference
