#include "kindred/text/distill.h"

#include "kindred/runtime/error.h"
#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

// distillStep(batch: { indptr: Int32Array, tokens: Int32Array }, teacher: Matrix, tokenWeights: Float32Array,
//             table: Matrix, state: { first: Matrix, second: Matrix, updates: Int32Array },
//             options: { similarityWeight: number, learningRate: number }, abort?):
//   Promise<{ cosine: number, similarity: number }>; table and state are written in place
KINDRED_EXPORT(distillStep) {
  for (const int i : {0, 4, 5})
    if (!info[i].IsObject()) fail_value("distillStep: expected an object.");
  const auto batch_of = info[0].As<Napi::Object>(), state_of = info[4].As<Napi::Object>();
  const auto options_of = info[5].As<Napi::Object>();
  const Napi::Value indptr_of = batch_of.Get("indptr"), tokens_of = batch_of.Get("tokens");
  const Napi::Value first_of = state_of.Get("first"), second_of = state_of.Get("second");
  const Napi::Value updates_of = state_of.Get("updates");
  const auto indptr = Ints(indptr_of, "indptr"), tokens = Ints(tokens_of, "tokens");
  const auto updates = Ints(updates_of, "updates");
  const Matrix teacher = MatrixOf(info[1], "teacher"), table = MatrixOf(info[3], "table");
  const auto weights = Floats(info[2], "tokenWeights");
  const AdamState state{MatrixOf(first_of, "first"), MatrixOf(second_of, "second"), updates.data};
  if (indptr.size < 1 || indptr.data[indptr.size - 1] != tokens.size)
    fail_shape("indptr: expected it to end with the number of tokens.");
  if (weights.size != table.rows || updates.size != table.rows)
    fail_shape("tokenWeights, updates: expected one number per row of the table.");
  const double similarity_weight = Number(options_of.Get("similarityWeight"), "similarityWeight");
  AdamOptions options;
  options.learning_rate = Number(options_of.Get("learningRate"), "learningRate");
  const TokenBatch batch{indptr.data, tokens.data, indptr.size - 1};
  return Async(
      info.Env(), info[6], {indptr_of, tokens_of, info[1], info[2], info[3], first_of, second_of, updates_of},
      [=](const AbortFlag* abort) {
        return distill_step(batch, teacher, weights.data, similarity_weight, options, table, state, abort);
      },
      [](Napi::Env env, DistillLoss& loss) {
        return ObjectOf(env, {{"cosine", ToJs(env, loss.cosine)}, {"similarity", ToJs(env, loss.similarity)}});
      });
}

}  // namespace

}  // namespace kindred::bindings
