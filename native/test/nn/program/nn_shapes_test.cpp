// Shapes that operations cannot have.
#include <string>
#include <vector>

#include "test/harness/test.h"
#include "test/nn/program/programs.h"
#include "test/nn/program/shapes.h"

using namespace kindred;
using namespace kindred::test;

TEST(shapes_that_an_operation_cannot_have_are_refused) {
  const std::vector<Dim> m{fixed(4), fixed(6)}, n{fixed(4)}, d{fixed(6)}, one{};
  const std::vector<Dim> offsets{fixed(3)}, means{fixed(2), fixed(6)}, square{fixed(6), fixed(6)},
      sums{fixed(4), fixed(2)}, biases{fixed(8), fixed(2)}, seed{fixed(2)};
  const std::vector<double> attention{2, 1, 0, 0.1, 3, 20, 1};
  for (const ShapeCase& c : std::vector<ShapeCase>{
           {"linear", "fff", {m, square, d}, {m}, {0}},
           {"linear_input_gradient", "ff", {m, square}, {m}, {0}},
           {"linear_weight_gradient", "ff", {m, m}, {square}, {0}},
           {"column_sums", "f", {m}, {d}},
           {"add", "ff", {m, m}, {m}},
           {"scale", "f", {m}, {m}, {1}},
           {"activation", "f", {m}, {m}, {1}},
           {"activation_gradient", "ff", {m, m}, {m}, {1}},
           {"layer_norm", "fff", {m, d, d}, {m, n, n}, {1}},
           {"layer_norm_gradient", "fffff", {m, d, n, n, m}, {m, d, d}},
           {"attention", "fffifi", {m, m, m, offsets, biases, seed}, {m, sums}, attention},
           {"attention_gradient", "fffififff", {m, m, m, offsets, biases, seed, m, sums, m}, {m, m, m}, attention},
           {"biased_attention_gradient",
            "fffififff",
            {m, m, m, offsets, biases, seed, m, sums, m},
            {m, m, m, biases},
            attention},
           {"gather_rows", "fi", {square, n}, {m}},
           {"scatter_rows", "fi", {m, n}, {square}},
           {"sum_by_row", "fi", {m, n}, {n, m}, {}, "if"},
           {"sequence_mean", "fi", {m, offsets}, {means}},
           {"sequence_mean_gradient", "fi", {means, offsets}, {m}},
           {"sequence_starts", "i", {offsets}, {{fixed(2)}}, {}, "i"},
           {"unit_rows", "f", {m}, {m, n}},
           {"unit_rows_gradient", "fff", {m, n, m}, {m}},
           {"row_dots", "ff", {m, m}, {n}},
           {"scale_rows", "ff", {m, n}, {m}},
           {"softmax", "f", {m}, {m}},
           {"cross_entropy", "fi", {m, n}, {one}},
           {"cross_entropy_gradient", "fif", {m, n, one}, {m}},
           {"binary_cross_entropy", "ff", {m, m}, {one}},
           {"binary_cross_entropy_gradient", "fff", {m, m, one}, {m}},
           {"squared_error", "ff", {m, m}, {one}},
           {"squared_error_gradient", "fff", {m, m, one}, {m}},
           {"dropout", "fi", {m, {fixed(2)}}, {m}, {0.5, 0}},
           {"clip_factor", "ff", {m, m}, {one, one}, {1}},
       }) {
    // Any length is that of something to clip, and rows may be put into a table of any.
    check_shape_case(c, [&](size_t at, const std::vector<Dim>& shape) {
      const std::string name = c.name;
      return (name == "clip_factor" && at < 2) || (name == "sequence_starts" && at == 0 && shape.size() == 2);
    });
  }
}
