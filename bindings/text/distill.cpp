#include "kindred/text/distill.h"

#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

// distillStep(batch: { indptr: Int32Array, tokens: Int32Array }, teacher: Matrix, tokenWeights: Float32Array,
//             table: Matrix, state: { first: Matrix, second: Matrix, updates: Int32Array },
//             options: { similarityWeight: number, learningRate: number }, abort?):
//   Promise<{ cosine: number, similarity: number }>; table and state are written in place
KINDRED_EXPORT(distillStep) {
  const Napi::Object batch_of = ObjectIn(info[0], "batch"), state_of = ObjectIn(info[4], "state");
  const Napi::Object options_of = ObjectIn(info[5], "options");
  const auto indptr = Ints(batch_of.Get("indptr"), "indptr"), tokens = Ints(batch_of.Get("tokens"), "tokens");
  const auto updates = Ints(state_of.Get("updates"), "updates");
  const Matrix teacher = MatrixOf(info[1], "teacher"), table = MatrixOf(info[3], "table");
  const auto weights = Floats(info[2], "tokenWeights");
  const AdamState state{MatrixOf(state_of.Get("first"), "first"), MatrixOf(state_of.Get("second"), "second"),
                        updates.data};
  if (indptr.size < 1 || indptr.data[indptr.size - 1] != tokens.size)
    fail_shape("indptr: expected it to end with the number of tokens.");
  if (weights.size != table.rows || updates.size != table.rows)
    fail_shape("tokenWeights, updates: expected one number per row of the table.");
  const double similarity_weight = Number(options_of.Get("similarityWeight"), "similarityWeight");
  AdamOptions options;
  options.learning_rate = Number(options_of.Get("learningRate"), "learningRate");
  const TokenBatch batch{indptr.data, tokens.data, indptr.size - 1};
  return Async(
      info, 6,
      [=](const AbortFlag* abort) {
        return distill_step(batch, teacher, weights.data, similarity_weight, options, table, state, abort);
      },
      [](Napi::Env env, DistillLoss& loss) {
        return ObjectOf(env, {{"cosine", ToJs(env, loss.cosine)}, {"similarity", ToJs(env, loss.similarity)}});
      });
}

}  // namespace

}  // namespace kindred::bindings
