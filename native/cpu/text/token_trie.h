// A vocabulary as a double-array trie over bytes (Aoe 1989): the child of node s by byte b is base[s] + b, if check
// there names s. A step is one memory access.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kindred {

class TokenTrie {
 public:
  static constexpr int32_t kRoot = 0, kNone = -1;

  // Values are positions in `keys`, which differ; "" is left out.
  explicit TokenTrie(const std::vector<std::string>& keys);

  // The child of a node, or kNone.
  int32_t step(int32_t node, uint8_t byte) const {
    const int32_t child = nodes_[node].base + byte;
    return nodes_[child].check == node ? child : kNone;
  }
  // The node that `path` leads to from `node`, or kNone.
  int32_t walk(int32_t node, std::string_view path) const {
    for (size_t i = 0; i < path.size() && node != kNone; ++i) node = step(node, static_cast<uint8_t>(path[i]));
    return node;
  }
  // The value of the key that ends at a node, or kNone.
  int32_t value(int32_t node) const { return nodes_[node].value; }

  int64_t bytes() const { return static_cast<int64_t>(nodes_.size() * sizeof(Node)); }

 private:
  struct Node {
    int32_t base = 0, check = kNone, value = kNone;
  };
  std::vector<Node> nodes_;  // 256 more than are used, so that no step leaves the array
};

}  // namespace kindred
