#include "kindred/evaluate/ranks.h"

#include "families.h"
#include "kindred/runtime/error.h"
#include "kindred/sparse/csr.h"
#include "napi/promise.h"
#include "search/search_arguments.h"

namespace kindred::bindings {
namespace {

struct RankLists {
  std::vector<int32_t> before, tied, eligible;
};

// rankItems(scores: Matrix, wanted: Csr, exclude: Csr | null, allow: Uint8Array | null, abort?):
//   Promise<{ before: Int32Array, tied: Int32Array, eligible: Int32Array }>
Napi::Value RankItems(const Napi::CallbackInfo& info) {
  const Matrix scores = MatrixOf(info[0], "scores");
  const CsrView wanted = CsrOf(info[1], "wanted");
  const Filter filter(info[2], info[3], scores.rows, scores.cols);
  return Async<RankLists>(
      info.Env(), info[4], {info[0], info[1], info[2], info[3]},
      [=](const AbortFlag* abort) {
        check_csr(wanted, "wanted");
        const auto entries = static_cast<size_t>(wanted.nonzeros());
        RankLists out{std::vector<int32_t>(entries), std::vector<int32_t>(entries), std::vector<int32_t>(scores.rows)};
        rank_items(scores, wanted, filter.checked(), {out.before.data(), out.tied.data(), out.eligible.data()}, abort);
        return out;
      },
      [](Napi::Env env, RankLists& out) {
        auto object = Napi::Object::New(env);
        object.Set("before", ToJs(env, std::move(out.before)));
        object.Set("tied", ToJs(env, std::move(out.tied)));
        object.Set("eligible", ToJs(env, std::move(out.eligible)));
        return object;
      });
}

// multiplyMisses(scores: Matrix, exclude: Csr | null, allow: Uint8Array | null, lengths: Int32Array,
//                misses: Float64Array, abort?): Promise<void>; misses [lengths.length, scores.cols] is updated
Napi::Value MultiplyMisses(const Napi::CallbackInfo& info) {
  const Matrix scores = MatrixOf(info[0], "scores");
  const Filter filter(info[1], info[2], scores.rows, scores.cols);
  const auto lengths = Ints(info[3], "lengths");
  const auto misses = Doubles(info[4], "misses");
  if (misses.size != lengths.size * scores.cols)
    fail_shape("misses: expected " + std::to_string(lengths.size * scores.cols) + " numbers but received " +
               std::to_string(misses.size) + ".");
  struct Nothing {};
  return Async<Nothing>(
      info.Env(), info[5], {info[0], info[1], info[2], info[3], info[4]},
      [=](const AbortFlag* abort) {
        multiply_misses(scores, filter.checked(), lengths.data, lengths.size, misses.data, abort);
        return Nothing{};
      },
      [](Napi::Env env, Nothing&) { return env.Undefined(); });
}

}  // namespace

void ExportRanks(Napi::Env env, Napi::Object exports) {
  Export<RankItems>(env, exports, "rankItems");
  Export<MultiplyMisses>(env, exports, "multiplyMisses");
}

}  // namespace kindred::bindings
