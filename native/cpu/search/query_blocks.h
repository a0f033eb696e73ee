// How queries are cut into blocks and packed for the score kernels.
#pragma once

#include <cstdint>

namespace kindred {

// Blocks of at most `block` queries, of even sizes: block b holds queries [n b / blocks, n (b + 1) / blocks).
struct QueryBlocks {
  int64_t n, blocks;
  QueryBlocks(int64_t queries, int64_t block) : n(queries), blocks((queries + block - 1) / block) {}
  int64_t begin(int64_t b) const { return n * b / blocks; }
};

// out [n units]: block after block, each [units][queries of the block]; word(q, t) gives unit t of query q.
template <class Word>
void pack_queries(const QueryBlocks& cut, int64_t units, uint32_t* out, const Word& word) {
  for (int64_t b = 0; b < cut.blocks; ++b)
    for (int64_t t = 0; t < units; ++t)
      for (int64_t q = cut.begin(b); q < cut.begin(b + 1); ++q) *out++ = word(q, t);
}

}  // namespace kindred
