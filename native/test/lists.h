// What the tests of top-k and ranks share: random filters, and both ways to a list.
#pragma once

#include <vector>

#include "kindred/similarity.h"
#include "reference/similarity.h"
#include "test/data.h"

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

std::vector<double> flat(const reference::Lists& lists);  // indices, then scores

}  // namespace kindred::test
