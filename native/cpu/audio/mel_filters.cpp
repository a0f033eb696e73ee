#include <algorithm>
#include <cmath>

#include "kindred/audio/spectrogram.h"

namespace kindred {
namespace {

constexpr double kBreak = 1000, kMelsAtBreak = 15;  // Slaney: linear below, logarithmic above

double to_mels(double hertz, MelScale scale) {
  if (scale == MelScale::htk) return 2595 * std::log10(1 + hertz / 700);
  if (scale == MelScale::kaldi) return 1127 * std::log(1 + hertz / 700);
  return hertz < kBreak ? 3 * hertz / 200 : kMelsAtBreak + std::log(hertz / kBreak) * (27 / std::log(6.4));
}

double to_hertz(double mels, MelScale scale) {
  if (scale == MelScale::htk) return 700 * (std::pow(10, mels / 2595) - 1);
  if (scale == MelScale::kaldi) return 700 * (std::exp(mels / 1127) - 1);
  return mels < kMelsAtBreak ? 200 * mels / 3 : kBreak * std::exp((mels - kMelsAtBreak) * (std::log(6.4) / 27));
}

}  // namespace

std::vector<double> mel_filters(const SpectrogramOptions& options) {
  const int64_t bins = options.fft / 2 + 1, mels = options.mels;
  const double low = to_mels(options.lowest, options.scale), high = to_mels(options.highest, options.scale);
  std::vector<double> corners(mels + 2);
  for (int64_t m = 0; m < mels + 2; ++m) {
    corners[m] = low + (high - low) * static_cast<double>(m) / static_cast<double>(mels + 1);
    if (!options.triangles_in_mels) corners[m] = to_hertz(corners[m], options.scale);
  }
  // The whole half of the rate, as the reference has it: of an odd rate half a hertz less.
  const double step = options.triangles_in_mels
                          ? static_cast<double>(options.sample_rate) / static_cast<double>(2 * (bins - 1))
                          : static_cast<double>(options.sample_rate / 2) / static_cast<double>(bins - 1);
  std::vector<double> out(bins * mels);
  for (int64_t k = 0; k < bins; ++k) {
    const double hertz = step * static_cast<double>(k);
    const double at = options.triangles_in_mels ? to_mels(hertz, options.scale) : hertz;
    for (int64_t m = 0; m < mels; ++m) {
      const double up = (at - corners[m]) / (corners[m + 1] - corners[m]);
      const double down = (corners[m + 2] - at) / (corners[m + 2] - corners[m + 1]);
      out[k * mels + m] = std::max(0.0, std::min(up, down)) * (options.area ? 2 / (corners[m + 2] - corners[m]) : 1);
    }
  }
  return out;
}

}  // namespace kindred
