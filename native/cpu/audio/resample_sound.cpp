#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "kindred/audio/spectrogram.h"
#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

constexpr double kCrossings = 6, kRolloff = 0.99;
constexpr int64_t kMostRate = 1 << 20, kMostWeights = 1 << 22;

void check_rates(int64_t from, int64_t to) {
  if (from < 1 || to < 1 || from > kMostRate || to > kMostRate)
    fail_value("sampleRate: expected 1 to " + std::to_string(kMostRate) + " hertz but received " +
               std::to_string(from) + " and " + std::to_string(to) + ".");
}

}  // namespace

int64_t resampled_length(int64_t count, int64_t from, int64_t to) {
  check_rates(from, to);
  const int64_t common = std::gcd(from, to), down = from / common, up = to / common;
  return (count * up + down - 1) / down;
}

void resample_sound(const float* samples, int64_t count, int64_t from, int64_t to, float* out, const AbortFlag* abort) {
  const int64_t length = resampled_length(count, from, to);
  if (from == to) {
    std::copy_n(samples, count, out);
    return;
  }
  const int64_t common = std::gcd(from, to), down = from / common, up = to / common;
  const double cutoff = kRolloff * static_cast<double>(std::min(down, up));  // in `common` hertz
  const auto reach = static_cast<int64_t>(std::ceil(kCrossings * static_cast<double>(down) / cutoff));
  const int64_t taps = 2 * reach + 2;
  // New sample i lies at i / up in the time in which the old ones lie at k / down. Those that count begin `reach`
  // before.
  const auto first_of = [&](int64_t phase) { return phase * down / up - reach; };
  const auto weight = [&](int64_t phase, int64_t tap) {
    const double pi = std::acos(-1.0);
    const double t = (static_cast<double>(first_of(phase) + tap) / static_cast<double>(down) -
                      static_cast<double>(phase) / static_cast<double>(up)) *
                     cutoff;
    if (std::fabs(t) >= kCrossings) return 0.0;
    const double hann = std::cos(pi * t / kCrossings / 2);
    return (t == 0 ? 1 : std::sin(pi * t) / (pi * t)) * hann * hann * cutoff / static_cast<double>(down);
  };
  std::vector<double> table;  // [up, taps], where that is not too large
  if (up <= kMostWeights / taps)
    for (int64_t phase = 0; phase < up; ++phase)
      for (int64_t tap = 0; tap < taps; ++tap) table.push_back(weight(phase, tap));
  parallel_for(length, 1024, abort, [&](int64_t begin, int64_t end) {
    Poll poll(abort);
    for (int64_t i = begin; i < end; ++i) {
      poll(taps);
      const int64_t phase = i % up, first = i / up * down + first_of(phase);
      double sum = 0;
      for (int64_t tap = std::max<int64_t>(0, -first); tap < std::min(taps, count - first); ++tap)
        sum += samples[first + tap] * (table.empty() ? weight(phase, tap) : table[phase * taps + tap]);
      out[i] = static_cast<float>(sum);
    }
  });
}

}  // namespace kindred
