// Models of sequences.
#include "cpu/nn/operation.h"
#include "kindred/nn/crf.h"

namespace kindred::nn {
namespace {

Sequences sequences_of(const Call& c, const Value& offsets) {
  c.expect(offsets.size() > 0, "expected offsets of sequences");
  return {offsets.ints(), offsets.size() - 1};
}

Crf crf_of(const Call& c, const Value& offsets, size_t first) {
  const Value &emissions = c.in[0], &transitions = c.in[first], &start = c.in[first + 1], &end = c.in[first + 2];
  const int64_t tags = emissions.cols;
  c.expect(transitions.rows == tags && transitions.cols == tags && start.size() == tags && end.size() == tags,
           "expected emissions [tokens, tags], transitions [tags, tags], start and end [tags]");
  return {emissions.matrix(), sequences_of(c, offsets), transitions.matrix(), start.floats(), end.floats()};
}

void run_crf_loss(const Call& c) {
  c.expect(c.in[1].size() == c.in[0].rows, "expected a label of each token");
  c.scalar(c.out[0]) = crf_loss(crf_of(c, c.in[2], 3), c.in[1].ints(), c.abort);
}

void run_crf_loss_gradient(const Call& c) {
  c.expect(c.in[1].size() == c.in[0].rows, "expected a label of each token");
  c.same(c.in[0], c.out[0]);
  for (size_t n = 1; n < 4; ++n) c.same(c.in[n + 2], c.out[n]);
  crf_loss_gradient(crf_of(c, c.in[2], 3), c.in[1].ints(), c.scalar(c.in[6]),
                    {c.out[0].matrix(), c.out[1].matrix(), c.out[2].floats(), c.out[3].floats()}, c.abort);
}

void run_crf_decode(const Call& c) {
  c.expect(c.out[0].size() == c.in[0].rows, "expected a tag of each token");
  crf_decode(crf_of(c, c.in[1], 2), c.out[0].ints(), c.abort);
}

constexpr Operation kOperations[] = {
    {"crf_loss", "fiifff", "f", "", run_crf_loss},
    {"crf_loss_gradient", "fiiffff", "ffff", "", run_crf_loss_gradient},
    {"crf_decode", "fifff", "i", "", run_crf_decode},
};

}  // namespace

std::span<const Operation> sequence_model_operations() { return kOperations; }

}  // namespace kindred::nn
