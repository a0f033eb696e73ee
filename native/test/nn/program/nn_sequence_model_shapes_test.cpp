// Operands of shapes that losses, models of sequences and recurrent layers cannot have.
#include "test/harness/test.h"
#include "test/nn/program/shapes.h"

using namespace kindred::test;

TEST(shapes_that_an_operation_cannot_have_are_refused) {
  const std::vector<Dim> m{fixed(4), fixed(6)}, n{fixed(4)}, d{fixed(6)}, one{}, offsets{fixed(3)},
      means{fixed(2), fixed(6)}, square{fixed(6), fixed(6)};
  const std::vector<Dim> drawn{fixed(7), fixed(6)}, of_drawn{fixed(7)}, three{fixed(4), fixed(3)};
  // Of recurrent layers with four gates and with three.
  const std::vector<Dim> four{fixed(4), fixed(24)}, of_four{fixed(24), fixed(6)}, bias_four{fixed(24)},
      taken{fixed(4), fixed(2)}, wide{fixed(4), fixed(18)}, of_wide{fixed(18), fixed(6)}, bias_wide{fixed(18)};
  for (const ShapeCase& c : std::vector<ShapeCase>{
           {"soft_cross_entropy", "fff", {m, m, n}, {one}, {1, 0}},
           {"soft_cross_entropy_gradient", "ffff", {m, m, n, one}, {m}, {1, 0}},
           {"smooth_cross_entropy", "fif", {m, n, n}, {one}, {0.1}},
           {"smooth_cross_entropy_gradient", "fiff", {m, n, n, one}, {m}, {0.1}},
           {"linear_cross_entropy", "fffifi", {m, square, d, n, n, taken}, {one, n}},
           {"linear_cross_entropy_gradient",
            "fffififf",
            {m, square, d, n, n, taken, n, one},
            {m, square, d},
            {1, 1, 1}},
           {"linear_cross_entropy_with_gradient",
            "fffifi",
            {m, square, d, n, n, taken},
            {one, m, square, d},
            {1, 1, 1}},
           {"sample_linear", "fffii", {m, square, d, taken, {fixed(2)}}, {n}, {0}, "i"},
           {"join_ids", "ii", {n, d}, {{fixed(10)}}, {}, "i"},
           {"sampled_softmax", "ffffi", {m, drawn, of_drawn, of_drawn, of_drawn}, {one, three, n}},
           {"sampled_softmax_gradient",
            "ffffifff",
            {m, drawn, of_drawn, of_drawn, of_drawn, three, n, one},
            {m, drawn, of_drawn}},
           {"hinge", "ff", {m, m}, {one}, {1}},
           {"hinge_gradient", "fff", {m, m, one}, {m}, {1}},
           {"cosine_embedding", "ff", {m, m}, {one}, {1}},
           {"cosine_embedding_gradient", "fff", {m, m, one}, {m}, {1}},
           {"weighted_binary_cross_entropy", "fff", {m, m, n}, {one}},
           {"weighted_binary_cross_entropy_gradient", "ffff", {m, m, n, one}, {m}},
           {"weighted_squared_error", "fff", {m, m, n}, {one}},
           {"weighted_squared_error_gradient", "ffff", {m, m, n, one}, {m}},
           {"crf_loss", "fiifff", {m, n, offsets, square, d, d}, {one}},
           {"crf_loss_gradient", "fiiffff", {m, n, offsets, square, d, d, one}, {m, square, d, d}, {}, "ffff"},
           {"crf_decode", "fifff", {m, offsets, square, d, d}, {n}, {}, "i"},
           {"lstm", "fffiff", {four, of_four, bias_four, offsets, means, means}, {m, m, four}, {0}},
           {"lstm_gradient",
            "fffifffffff",
            {four, of_four, bias_four, offsets, means, means, m, m, four, m, m},
            {four, of_four, bias_four, means, means},
            {1},
            "fffff"},
           {"gru", "fffif", {wide, of_wide, bias_wide, offsets, means}, {m, four}, {0}},
           {"gru_gradient",
            "fffiffff",
            {wide, of_wide, bias_wide, offsets, means, m, four, m},
            {wide, of_wide, bias_wide, means},
            {1},
            "ffff"},
           {"sequence_windows", "fi", {m, offsets}, {wide}, {3}},
           {"sequence_windows_gradient", "fi", {wide, offsets}, {m}, {3}},
       })
    check_shape_case(c, [](size_t, const std::vector<Dim>&) { return false; });
}
