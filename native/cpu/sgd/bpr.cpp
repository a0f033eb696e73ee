#include <algorithm>
#include <optional>

#include "cpu/runtime/kernel_table.h"
#include "cpu/sgd/bpr_draws.h"
#include "cpu/sgd/sgd_model.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

constexpr int64_t kSamples = 1024;  // drawn before the steps are taken
constexpr int64_t kRowsPerChunk = 16;

// Any item of the catalogue.
class AnyItem {
 public:
  AnyItem(const AnyItem&) = delete;
  AnyItem& operator=(const AnyItem&) = delete;
  AnyItem(int64_t count, const int32_t* popularity) : items_(popularity ? count : 0), count_(count) {
    for (size_t i = 0; i < items_.size(); ++i) items_[i] = static_cast<int32_t>(i);
    if (popularity) popular_.emplace(items_.data(), count, popularity);
  }
  int32_t draw(RandomStream& random) const { return items_.empty() ? random.below(count_) : popular_->draw(random); }

 private:
  std::vector<int32_t> items_;
  int64_t count_;
  std::optional<NegativeItems> popular_;
};

// Samples of one stream of work, flushed to the kernel in order.
class Steps {
 public:
  Steps(const SgdTarget& target, SgdChange change) : target_(target), change_(change) { samples_.reserve(kSamples); }

  void add(int32_t user, int32_t item, int32_t other) {
    samples_.push_back({user, item, other});
    if (static_cast<int64_t>(samples_.size()) == kSamples) flush();
  }
  SgdLoss finish() {
    flush();
    return loss_;
  }

 private:
  void flush() {
    loss_.total += kernels().sgd.bpr(target_, samples_.data(), static_cast<int64_t>(samples_.size()), change_);
    loss_.samples += static_cast<int64_t>(samples_.size());
    samples_.clear();
  }

  SgdTarget target_;
  SgdChange change_;
  std::vector<BprSample> samples_;
  SgdLoss loss_;
};

}  // namespace

SgdLoss bpr_epoch(const CsrView& log, const SgdModel& model, const SgdOptions& options, const AbortFlag* abort) {
  check_sgd_shapes(log, model);
  const BprDraws draws(log, options, kSgdBlocks, abort);
  std::vector<SgdLoss> losses(draws.blocks().cells());
  draws.blocks().for_cells(options.lock_free, abort, [&](const BprDraws::Cell& cell) {
    Steps steps(sgd_target(model, options), SgdChange::all);
    draws.for_samples(cell, [&](int32_t user, int32_t item, int32_t other) { steps.add(user, item, other); });
    losses[cell.index] = steps.finish();
  });
  return sum_losses(losses);
}

SgdLoss bpr_fold_in_users(const CsrView& log, const SgdModel& model, const SgdOptions& options,
                          const AbortFlag* abort) {
  check_sgd_shapes(log, model);
  const AnyItem negatives(log.cols, options.popularity);
  std::vector<SgdLoss> losses(log.rows);
  parallel_for(log.rows, kRowsPerChunk, abort, [&](int64_t begin, int64_t end) {
    for (int64_t u = begin; u < end; ++u) {
      std::vector<Liked> liked;
      for (int32_t n = log.indptr[u]; n < log.indptr[u + 1]; ++n)
        if (log.values[n] > 0) liked.push_back({static_cast<int32_t>(u), log.indices[n]});
      const Liked *first = liked.data(), *last = first + liked.size();
      // The stream depends on the history alone, so that the same history gives the same vector wherever it stands.
      uint64_t seed = options.seed;
      for (const Liked& one : liked) seed = mix_seeds(seed, static_cast<uint64_t>(one.item));
      RandomStream random(seed);
      Steps steps(sgd_target(model, options), SgdChange::user);
      for (int epoch = 0; epoch < options.epochs; ++epoch) {
        if (aborted(abort)) fail_aborted();
        for (const Liked& one : liked)
          for (int tries = 0; tries < kBprTries; ++tries) {
            const int32_t other = negatives.draw(random);
            if (has(first, last, other)) continue;
            steps.add(one.user, one.item, other);
            break;
          }
      }
      losses[u] = steps.finish();
    }
  });
  return sum_losses(losses);
}

SgdLoss bpr_fold_in_items(const CsrView& log, const CsrView& columns, const int32_t* items, const SgdModel& model,
                          const SgdOptions& options, const AbortFlag* abort) {
  check_sgd_shapes(log, model);
  check_sgd_items(columns, items, model);
  const int64_t stored = log.nonzeros(), as_negative = log.cols > 0 ? (stored + log.cols - 1) / log.cols : 0;
  const AnyItem negatives(log.cols, options.popularity);
  std::vector<uint8_t> moving(log.cols, 0);  // the items folded in, which no other is compared with
  for (int64_t c = 0; c < columns.rows; ++c) moving[items[c]] = 1;
  std::vector<SgdLoss> losses(columns.rows);
  parallel_for(columns.rows, kRowsPerChunk, abort, [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      const int32_t item = items[c];
      const int32_t *first = columns.indices + columns.indptr[c], *last = columns.indices + columns.indptr[c + 1];
      RandomStream random(mix_seeds(options.seed, static_cast<uint64_t>(item)));
      SgdLoss& loss = losses[c];
      for (int epoch = 0; epoch < options.epochs; ++epoch) {
        if (aborted(abort)) fail_aborted();
        Steps preferred(sgd_target(model, options), SgdChange::item),
            yields(sgd_target(model, options), SgdChange::other);
        for (const int32_t* u = first; u < last; ++u) {
          if (!(columns.values[u - columns.indices] > 0)) continue;
          for (int tries = 0; tries < kBprTries; ++tries) {
            const int32_t other = negatives.draw(random);
            const int32_t *mine = log.indices + log.indptr[*u], *end_of_mine = log.indices + log.indptr[*u + 1];
            if (moving[other] || std::binary_search(mine, end_of_mine, other)) continue;
            preferred.add(*u, item, other);
            break;
          }
        }
        for (int64_t n = 0; n < as_negative; ++n) {
          const int32_t at = random.below(stored), liked = log.indices[at];
          const auto user =
              static_cast<int32_t>(std::upper_bound(log.indptr, log.indptr + log.rows + 1, at) - log.indptr - 1);
          if (!moving[liked] && log.values[at] > 0 && !std::binary_search(first, last, user))
            yields.add(user, liked, item);
        }
        for (const SgdLoss& part : {preferred.finish(), yields.finish()}) {
          loss.total += part.total;
          loss.samples += part.samples;
        }
      }
    }
  });
  return sum_losses(losses);
}

}  // namespace kindred
