// One tree, leaf by leaf.
#pragma once

#include <cstdint>
#include <vector>

#include "cpu/trees/binned_table.h"
#include "cpu/trees/histogram.h"
#include "cpu/trees/split.h"
#include "kindred/runtime/large_pages.h"

namespace kindred::trees {

// A node of the tree that grows; its rows are next to each other.
struct GrownNode {
  int64_t begin = 0, count = 0;  // of Grower::rows()
  int64_t depth = 0;
  Sums sums{};
  int32_t left = 0;   // 0: a leaf
  Split split;        // the best that it could be split by, or is
  int64_t slot = -1;  // of its histogram, while it has one
};

class Grower {
 public:
  Grower(const BinnedTable& table, const BoosterOptions& options) : table_(table), options_(options) {}

  // The rows to grow on; grow() changes their order.
  std::vector<int32_t>& rows() { return rows_; }

  // The nodes of a tree on these rows, children after their parents and next to each other. `active` [columns] says
  // which columns may be asked.
  const std::vector<GrownNode>& grow(const Derivatives* derivatives, const Units& units,
                                     const std::vector<uint8_t>& active, const AbortFlag* abort);

 private:
  void add_up_root();
  bool may_split(const GrownNode& node) const;
  void split(int32_t node);
  int64_t partition(GrownNode& node);
  void find_splits(GrownNode& counted, GrownNode* rest, int64_t parent_slot);
  void count_chunked(const GrownNode& node, Sums* histogram, int64_t chunks);
  void clear(Sums* histogram, int64_t group) const;
  int64_t take_slot();
  void free_slot(GrownNode& node);
  int64_t slot_size() const { return table_.groups * table_.width * kBins; }

  const BinnedTable& table_;
  const BoosterOptions& options_;
  std::vector<int32_t> rows_, spare_;
  std::vector<GrownNode> nodes_;
  std::vector<int64_t> groups_;  // with an active column
  std::vector<LargeVector<Sums>> slots_;
  std::vector<int64_t> free_;
  std::vector<LargeVector<Sums>> parts_;  // histograms of chunks of rows
  const Derivatives* derivatives_ = nullptr;
  Units units_;
  const std::vector<uint8_t>* active_ = nullptr;
  const AbortFlag* abort_ = nullptr;
};

}  // namespace kindred::trees
