#include <algorithm>

#include "cpu/sgd/bpr_draws.h"
#include "cpu/sgd/bpr_steps.h"
#include "cpu/sgd/lone_row.h"
#include "cpu/sgd/sgd_model.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr int64_t kRowsPerChunk = 16;
constexpr int64_t kWorkOfStep = 64;  // drawing and taking it

// An item under plain steps: first those of the users who have it, then those where it yields.
struct PlainItem {
  BprSteps preferred, yields;

  PlainItem(const SgdModel& model, const SgdOptions& options)
      : preferred(sgd_target(model, options), SgdChange::item), yields(sgd_target(model, options), SgdChange::other) {}
  void prefer(int32_t user, int32_t item, int32_t other) { preferred.add(user, item, other); }
  void yield(int32_t user, int32_t item, int32_t other) { yields.add(user, item, other); }
  SgdLoss finish(RandomStream&, Poll&) {
    SgdLoss loss = preferred.finish();
    loss += yields.finish();
    return loss;
  }
};

struct PlainUser : BprSteps {
  using BprSteps::BprSteps;
  SgdLoss finish(RandomStream&, Poll&) { return BprSteps::finish(); }
};

struct BatchItem : LoneRow {
  using LoneRow::LoneRow;
  void prefer(int32_t user, int32_t item, int32_t other) { add(user, item, other); }
  void yield(int32_t user, int32_t item, int32_t other) { add(user, item, other); }
};

}  // namespace

SgdLoss bpr_fold_in_users(const CsrView& log, const SgdModel& model, const SgdOptions& options,
                          const AbortFlag* abort) {
  check_sgd_shapes(log, model);
  check_sgd_batches(options);
  const AnyItem negatives(log.cols, options.popularity, abort);
  std::vector<SgdLoss> losses(log.rows);
  parallel_for(log.rows, kRowsPerChunk, abort, [&](int64_t begin, int64_t end) {
    Poll poll(abort);
    for (int64_t u = begin; u < end; ++u) {
      poll(log.indptr[u + 1] - log.indptr[u]);
      std::vector<Liked> liked;
      for (int32_t n = log.indptr[u]; n < log.indptr[u + 1]; ++n)
        if (log.values[n] > 0) liked.push_back({static_cast<int32_t>(u), log.indices[n]});
      const Liked *first = liked.data(), *last = first + liked.size();
      // The stream depends on the history alone, so that the same history gives the same vector wherever it stands.
      uint64_t seed = options.seed;
      for (const Liked& one : liked) seed = mix_seeds(seed, static_cast<uint64_t>(one.item));
      RandomStream random(seed);
      const auto descend = [&](auto steps) {
        for (int epoch = 0; epoch < options.epochs; ++epoch) {
          if (aborted(abort)) fail_aborted();
          for (const Liked& one : liked) {
            poll(kWorkOfStep);
            for (int tries = 0; tries < kBprTries; ++tries) {
              const int32_t other = negatives.draw(random);
              if (has(first, last, other)) continue;
              steps.add(one.user, one.item, other);
              break;
            }
          }
          losses[u] += steps.finish(random, poll);
        }
      };
      if (one_at_a_time(options))
        descend(PlainUser(sgd_target(model, options), SgdChange::user));
      else
        descend(LoneRow(model, options, SgdChange::user, static_cast<int32_t>(u), static_cast<int64_t>(liked.size())));
    }
  });
  return sum_losses(losses);
}

SgdLoss bpr_fold_in_items(const CsrView& log, const CsrView& columns, const int32_t* items, const SgdModel& model,
                          const SgdOptions& options, const AbortFlag* abort) {
  check_sgd_shapes(log, model);
  check_sgd_items(columns, items, model);
  check_sgd_batches(options);
  const int64_t stored = log.nonzeros(), as_negative = log.cols > 0 ? (stored + log.cols - 1) / log.cols : 0;
  const AnyItem negatives(log.cols, options.popularity, abort);
  std::vector<uint8_t> moving(log.cols, 0);  // the items folded in, which no other is compared with
  for (int64_t c = 0; c < columns.rows; ++c) moving[items[c]] = 1;
  std::vector<SgdLoss> losses(columns.rows);
  parallel_for(columns.rows, kRowsPerChunk, abort, [&](int64_t begin, int64_t end) {
    Poll poll(abort);
    for (int64_t c = begin; c < end; ++c) {
      const int32_t item = items[c];
      const int32_t *first = columns.indices + columns.indptr[c], *last = columns.indices + columns.indptr[c + 1];
      RandomStream random(mix_seeds(options.seed, static_cast<uint64_t>(item)));
      const auto descend = [&](auto steps) {
        for (int epoch = 0; epoch < options.epochs; ++epoch) {
          if (aborted(abort)) fail_aborted();
          for (const int32_t* u = first; u < last; ++u) {
            poll(kWorkOfStep);
            if (!(columns.values[u - columns.indices] > 0)) continue;
            for (int tries = 0; tries < kBprTries; ++tries) {
              const int32_t other = negatives.draw(random);
              const int32_t *mine = log.indices + log.indptr[*u], *end_of_mine = log.indices + log.indptr[*u + 1];
              if (moving[other] || std::binary_search(mine, end_of_mine, other)) continue;
              steps.prefer(*u, item, other);
              break;
            }
          }
          for (int64_t n = 0; n < as_negative; ++n) {
            poll(kWorkOfStep);
            const int32_t at = random.below(stored), liked = log.indices[at];
            const auto user =
                static_cast<int32_t>(std::upper_bound(log.indptr, log.indptr + log.rows + 1, at) - log.indptr - 1);
            if (!moving[liked] && log.values[at] > 0 && !std::binary_search(first, last, user))
              steps.yield(user, liked, item);
          }
          losses[c] += steps.finish(random, poll);
        }
      };
      if (one_at_a_time(options))
        descend(PlainItem(model, options));
      else
        descend(BatchItem(model, options, SgdChange::item, item, last - first + as_negative));
    }
  });
  return sum_losses(losses);
}

}  // namespace kindred
