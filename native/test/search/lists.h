// What the tests of top-k and ranks share: random filters, and both ways to a list.
#pragma once

#include <vector>

#include "kindred/search/index.h"
#include "kindred/search/similarity.h"
#include "reference/search/similarity.h"
#include "test/harness/check_close.h"
#include "test/harness/data.h"

namespace kindred::test {

// An ItemFilter and what it points to.
class Filter {
 public:
  enum class Allow { all, shared, per_query };
  Filter(Random& random, int64_t queries, int64_t items, double excluded, Allow allow, double allowed);
  ItemFilter get() const;

 private:
  bool excludes_, allows_, shared_;
  Csr exclude_;
  mutable CsrView exclude_view_;  // made by get(), so that a filter may be moved
  std::vector<uint8_t> allow_;
};

// Every kind of filter, from none to one that leaves nothing.
std::vector<Filter> filters(Random& random, int64_t queries, int64_t items);

// Places hold garbage before the call.
reference::Lists best(ConstMatrix queries, ConstMatrix items, Metric metric, int64_t k, const ItemFilter& filter);
reference::Lists best_of_scores(ConstMatrix scores, int64_t k, const ItemFilter& filter);
reference::Lists found(const VectorIndex& index, ConstMatrix queries, int64_t k, const ItemFilter& filter);

inline void check_same_lists(const reference::Lists& received, const reference::Lists& expected) {
  CHECK_CLOSE(received.indices, expected.indices, 0, 0);
  CHECK_CLOSE(received.scores, expected.scores, 0, 0);
}

// Scores within the tolerance, and rows wherever the scores around are further apart than that.
void check_close_lists(const reference::Lists& received, const reference::Lists& expected, int64_t k, double tolerance);

std::vector<double> flat(const reference::Lists& lists);  // indices, then scores

}  // namespace kindred::test
