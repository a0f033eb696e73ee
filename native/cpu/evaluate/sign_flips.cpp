#include "kindred/evaluate/sign_flips.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "cpu/evaluate/xoshiro128.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr int64_t kLine = 8;            // series of one table: a cache line of doubles
constexpr int64_t kWord = 32;           // users whose signs one word of random bits turns
constexpr int64_t kByte = 8;            // users of whom all signed sums are kept
constexpr int64_t kRoundsAtOnce = 512;  // that share the signed sums
constexpr double kEqual = 1e-12;        // of the sum of absolute values

int64_t divided_up(int64_t n, int64_t by) { return (n + by - 1) / by; }

// The differences as tables [words * kWord, kLine], missing ones 0, and of each series its sum and its size.
struct Differences {
  int64_t words, tables;
  std::vector<double> rows;             // [tables][words * kWord][kLine]
  std::vector<double> observed, least;  // [series] the sum; what a flipped sum must reach
  std::vector<bool> empty;              // [series]

  Differences(const double* values, int64_t series, int64_t users, const AbortFlag* abort)
      : words(divided_up(users, kWord)),
        tables(divided_up(series, kLine)),
        rows(tables * words * kWord * kLine, 0.0),
        observed(series, 0.0),
        least(series, 0.0),
        empty(series, true) {
    Poll poll(abort);
    for (int64_t s = 0; s < series; ++s) {
      double size = 0;
      for (int64_t u = 0; u < users; ++u) {
        poll();
        const double value = values[s * users + u];
        if (std::isnan(value)) continue;
        rows[((s / kLine) * words * kWord + u) * kLine + s % kLine] = value;
        observed[s] += value;
        size += std::abs(value);
        empty[s] = false;
      }
      least[s] = std::abs(observed[s]) - kEqual * size;
    }
  }

  const double* word(int64_t table, int64_t w) const { return rows.data() + (table * words + w) * kWord * kLine; }
};

// sums [256, kLine]: of rows [kByte, kLine] with the signs that each byte turns.
void signed_sums(const double* rows, double* sums) {
  std::fill_n(sums, kLine, 0.0);
  for (int64_t u = 0; u < kByte; ++u)
    for (int64_t c = 0; c < kLine; ++c) sums[c] += rows[u * kLine + c];
  for (uint32_t byte = 1; byte < 256; ++byte) {
    const double* rest = sums + (byte & (byte - 1)) * kLine;
    const double* row = rows + std::countr_zero(byte) * kLine;
    for (int64_t c = 0; c < kLine; ++c) sums[byte * kLine + c] = rest[c] - 2 * row[c];
  }
}

}  // namespace

std::vector<double> sign_flip_p_values(const double* values, int64_t series, int64_t users, int64_t rounds,
                                       uint64_t seed, const AbortFlag* abort) {
  const Differences differences(values, series, users, abort);
  const int64_t words = differences.words;
  const XoshiroJump jump(static_cast<uint64_t>(words));
  std::vector<Xoshiro128::State> starts(rounds, Xoshiro128(seed).state());
  for (int64_t r = 1; r < rounds; ++r) starts[r] = jump(starts[r - 1]);

  const int64_t chunks = divided_up(rounds, kRoundsAtOnce);
  std::vector<int64_t> reached(chunks * series, 0);  // [chunks, series] rounds at least as far from 0
  parallel_for(chunks * differences.tables, 1, abort, [&](int64_t task, int64_t) {
    const int64_t chunk = task / differences.tables, table = task % differences.tables;
    const int64_t begin = chunk * kRoundsAtOnce, count = std::min(kRoundsAtOnce, rounds - begin);
    std::vector<Xoshiro128> random(starts.begin() + begin, starts.begin() + begin + count);
    std::vector<double> totals(count * kLine, 0.0), sums(kWord / kByte * 256 * kLine);
    for (int64_t w = 0; w < words; ++w) {
      if (w % 256 == 0 && aborted(abort)) fail_aborted();
      for (int64_t b = 0; b < kWord / kByte; ++b)
        signed_sums(differences.word(table, w) + b * kByte * kLine, sums.data() + b * 256 * kLine);
      for (int64_t r = 0; r < count; ++r) {
        const uint32_t bits = random[r].bits();
        double* total = totals.data() + r * kLine;
        for (int64_t b = 0; b < kWord / kByte; ++b) {
          const double* sum = sums.data() + (b * 256 + (bits >> (b * kByte) & 255)) * kLine;
          for (int64_t c = 0; c < kLine; ++c) total[c] += sum[c];
        }
      }
    }
    const int64_t first = table * kLine;
    for (int64_t s = first; s < std::min(first + kLine, series); ++s)
      for (int64_t r = 0; r < count; ++r)
        reached[chunk * series + s] += std::abs(totals[r * kLine + s - first]) >= differences.least[s];
  });

  std::vector<double> out(series, NAN);
  for (int64_t s = 0; s < series; ++s) {
    if (differences.empty[s]) continue;
    int64_t count = 1;
    for (int64_t chunk = 0; chunk < chunks; ++chunk) count += reached[chunk * series + s];
    out[s] = static_cast<double>(count) / static_cast<double>(rounds + 1);
  }
  return out;
}

}  // namespace kindred
