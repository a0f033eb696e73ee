#include "kindred/evaluate/ranks.h"

#include "kindred/runtime/error.h"
#include "kindred/sparse/csr.h"
#include "napi/promise.h"
#include "search/search_arguments.h"

namespace kindred::bindings {
namespace {

struct RankLists {
  std::vector<int32_t> before, tied, eligible;
};

// rankItems(scores: Matrix, relevant: Csr, exclude: Csr | null, candidates: Uint8Array | null, abort?):
//   Promise<{ before: Int32Array, tied: Int32Array, eligible: Int32Array }>
KINDRED_EXPORT(rankItems) {
  const Matrix scores = MatrixOf(info[0], "scores");
  const CsrView relevant = CsrOf(info[1], "relevant");
  const Filter filter(info[2], info[3], scores.rows, scores.cols);
  return Async(
      info, 4,
      [=](const AbortFlag* abort) {
        check_csr(relevant, "relevant", abort);
        const auto entries = static_cast<size_t>(relevant.nonzeros());
        RankLists out{std::vector<int32_t>(entries), std::vector<int32_t>(entries), std::vector<int32_t>(scores.rows)};
        rank_items(scores, relevant, filter.checked(abort), {out.before.data(), out.tied.data(), out.eligible.data()},
                   abort);
        return out;
      },
      [](Napi::Env env, RankLists& out) {
        return ObjectOf(env, {{"before", ToJs(env, std::move(out.before))},
                              {"tied", ToJs(env, std::move(out.tied))},
                              {"eligible", ToJs(env, std::move(out.eligible))}});
      });
}

}  // namespace

}  // namespace kindred::bindings
