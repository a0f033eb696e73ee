#include "cpu/nn/program/plan.h"

#include <algorithm>
#include <string>

#include "kindred/runtime/error.h"

namespace kindred::nn {
namespace {

constexpr int64_t kLine = 16;  // words of a cache line

// Free pieces by address; the first that is large enough is taken.
class FreeList {
 public:
  int64_t take(int64_t size) {
    for (auto piece = pieces_.begin(); piece != pieces_.end(); ++piece) {
      if (piece->size < size) continue;
      const int64_t at = piece->begin;
      piece->begin += size;
      piece->size -= size;
      if (piece->size == 0) pieces_.erase(piece);
      return at;
    }
    // The last piece, if it lies at the end, grows.
    int64_t at = end_;
    if (!pieces_.empty() && pieces_.back().begin + pieces_.back().size == end_) {
      at = pieces_.back().begin;
      pieces_.pop_back();
    }
    end_ = at + size;
    return at;
  }

  void give(int64_t begin, int64_t size) {
    if (size == 0) return;
    auto next = std::find_if(pieces_.begin(), pieces_.end(), [&](const Piece& piece) { return piece.begin > begin; });
    next = pieces_.insert(next, {begin, size});
    if (next + 1 != pieces_.end() && next->begin + next->size == (next + 1)->begin) {
      next->size += (next + 1)->size;
      pieces_.erase(next + 1);
    }
    if (next != pieces_.begin() && (next - 1)->begin + (next - 1)->size == next->begin) {
      (next - 1)->size += next->size;
      pieces_.erase(next);
    }
  }

  int64_t end() const { return end_; }

 private:
  struct Piece {
    int64_t begin, size;
  };
  std::vector<Piece> pieces_;
  int64_t end_ = 0;
};

}  // namespace

Extent extent_of(const TensorSpec& tensor, const std::vector<int64_t>& symbols) {
  int64_t sides[2] = {1, 1};
  for (size_t d = 0; d < tensor.shape.size(); ++d) {
    const auto [symbol, plus] = tensor.shape[d];
    sides[d] = plus + (symbol < 0 ? 0 : symbols[symbol]);
    if (sides[d] < 0 || sides[d] >= int64_t{1} << 31)
      fail_shape("a tensor of " + std::to_string(sides[d]) + " rows or columns: expected 0 to 2147483647.");
  }
  if (sides[0] * sides[1] >= int64_t{1} << 31)
    fail_shape("a tensor of " + std::to_string(sides[0]) + " x " + std::to_string(sides[1]) +
               " numbers is too large: take smaller batches.");
  return {sides[0], sides[1]};
}

Plan plan(const ProgramSpec& spec, const std::vector<int64_t>& symbols) {
  const size_t count = spec.tensors.size();
  Plan out;
  out.offsets.assign(count, -1);
  for (const TensorSpec& tensor : spec.tensors) out.extents.push_back(extent_of(tensor, symbols));
  constexpr int64_t kNever = -1;
  const int64_t end = static_cast<int64_t>(spec.operations.size());
  std::vector<int64_t> last(count, kNever);
  for (int64_t n = 0; n < end; ++n) {
    for (const int32_t id : spec.operations[n].in)
      if (id >= 0) last[id] = n;
    for (const int32_t id : spec.operations[n].out) last[id] = std::max(last[id], n);
  }
  for (const int32_t id : spec.outputs) last[id] = end;

  FreeList memory;
  const auto words = [&](int32_t id) { return (out.extents[id].size() + kLine - 1) / kLine * kLine; };
  const auto is_temporary = [&](int32_t id) { return id >= 0 && spec.tensors[id].place == Place::temporary; };
  for (int64_t n = 0; n < end; ++n) {
    const OperationSpec& operation = spec.operations[n];
    for (const int32_t id : operation.out)
      if (is_temporary(id) && out.offsets[id] < 0) out.offsets[id] = memory.take(words(id));
    for (const auto* ids : {&operation.in, &operation.out})
      for (const int32_t id : *ids)
        if (is_temporary(id) && last[id] == n) {
          memory.give(out.offsets[id], words(id));
          last[id] = kNever;  // an operand that is named twice is given back once
        }
  }
  out.words = memory.end();
  return out;
}

}  // namespace kindred::nn
