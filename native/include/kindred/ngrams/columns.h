// Texts as rows of counts, where it is known which column each n-gram has.
#pragma once

#include <memory>

#include "kindred/ngrams/rules.h"
#include "kindred/runtime/thread_pool.h"
#include "kindred/sparse/csr.h"
#include "kindred/text/texts.h"

namespace kindred {

// Immutable once built, so that any number of threads may use it.
class NgramColumns {
 public:
  // Column i is of terms[i]; other n-grams are not counted. Throws as check_rules; ERR_DUPLICATE, ERR_TOO_LARGE,
  // ERR_ABORTED.
  NgramColumns(const NgramRules& rules, const Texts& terms, const AbortFlag* abort);

  // The hashing trick (Weinberger et al. 2009) as scikit-learn's: column |h| mod features, h the signed
  // MurmurHash3_x86_32 of the UTF-8 with seed 0; with alternate_sign an n-gram counts -1 where h < 0.
  NgramColumns(const NgramRules& rules, int64_t features, bool alternate_sign);
  ~NgramColumns();
  NgramColumns(const NgramColumns&) = delete;
  NgramColumns& operator=(const NgramColumns&) = delete;

  int64_t columns() const;
  int64_t bytes() const;  // memory held, about

  // One row per text, columns ascending; binary: every entry is 1. Entries of hashed columns can be 0, where signs
  // cancel. Throws ERR_TOO_LARGE, ERR_ABORTED.
  Csr transform(const Texts& texts, bool binary, const AbortFlag* abort) const;

 private:
  struct Tables;
  std::unique_ptr<const Tables> tables_;
};

}  // namespace kindred
