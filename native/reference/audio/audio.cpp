#include "reference/audio/audio.h"

#include <algorithm>
#include <cmath>
#include <complex>

namespace kindred::reference {
namespace {

const double kPi = std::acos(-1.0);

double mels_of(double hertz, MelScale scale) {
  if (scale == MelScale::htk) return 2595 * std::log10(1 + hertz / 700);
  if (scale == MelScale::kaldi) return 1127 * std::log(1 + hertz / 700);
  return hertz < 1000 ? hertz * 3 / 200 : 15 + 27 * std::log(hertz / 1000) / std::log(6.4);
}

// By bisection: the scales rise.
double hertz_of(double mels, MelScale scale) {
  double low = 0, high = 1e6;
  for (int i = 0; i < 200; ++i) (mels_of((low + high) / 2, scale) < mels ? low : high) = (low + high) / 2;
  return (low + high) / 2;
}

}  // namespace

std::vector<double> power_spectrum(const std::vector<double>& x) {
  const auto n = static_cast<double>(x.size());
  std::vector<double> out;
  for (size_t k = 0; k <= x.size() / 2; ++k) {
    std::complex<double> sum = 0;
    for (size_t j = 0; j < x.size(); ++j)
      sum += x[j] * std::polar(1.0, -2 * kPi * std::fmod(static_cast<double>(j) * static_cast<double>(k), n) / n);
    out.push_back(std::norm(sum));
  }
  return out;
}

std::vector<double> log_mel(const std::vector<float>& samples, const SpectrogramOptions& o) {
  std::vector<double> sound(samples.begin(), samples.end());
  const int64_t count = static_cast<int64_t>(sound.size()), pad = o.center ? o.frame / 2 : 0;
  std::vector<double> padded;
  for (int64_t i = -pad; i < count + pad; ++i) {
    int64_t at = i;
    while (count > 1 && (at < 0 || at >= count)) at = at < 0 ? -at : 2 * (count - 1) - at;
    padded.push_back(sound[count > 1 ? at : 0]);
  }
  std::vector<double> corners;
  const double low = mels_of(o.lowest, o.scale), high = mels_of(o.highest, o.scale);
  for (int64_t m = 0; m < o.mels + 2; ++m) corners.push_back(low + (high - low) * m / (o.mels + 1));
  std::vector<double> out;
  for (size_t first = 0; first + o.frame <= padded.size(); first += o.hop) {
    std::vector<double> frame(padded.begin() + first, padded.begin() + first + o.frame);
    double mean = 0;
    for (const double x : frame) mean += x / static_cast<double>(o.frame);
    if (o.remove_mean)
      for (double& x : frame) x -= mean;
    const std::vector<double> before = frame;
    for (int64_t i = 0; i < o.frame; ++i) frame[i] -= o.preemphasis * before[std::max<int64_t>(i - 1, 0)];
    for (int64_t i = 0; i < o.frame; ++i)
      frame[i] *= std::pow(std::sin(kPi * i / (o.periodic ? o.frame : o.frame - 1)), 2);
    frame.resize(o.fft);
    const std::vector<double> power = power_spectrum(frame);
    for (int64_t m = 0; m < o.mels; ++m) {
      double energy = 0;
      for (size_t k = 0; k < power.size(); ++k) {
        const double hertz = static_cast<double>(k) * o.sample_rate / static_cast<double>(o.fft);
        const auto place = [&](double mels) { return o.triangles_in_mels ? mels : hertz_of(mels, o.scale); };
        const double a = place(corners[m]), b = place(corners[m + 1]), c = place(corners[m + 2]);
        const double at = o.triangles_in_mels ? mels_of(hertz, o.scale) : hertz;
        const double height = at <= a || at >= c ? 0 : at < b ? (at - a) / (b - a) : (c - at) / (c - b);
        energy += power[k] * height * (o.area ? 2 / (c - a) : 1);
      }
      energy = std::max(energy, o.floor);
      out.push_back(o.log == LogScale::natural ? std::log(energy)
                                               : std::log10(energy) * (o.log == LogScale::decibels ? 10 : 1));
    }
  }
  return out;
}

std::vector<double> resample_sound(const std::vector<float>& samples, int64_t from, int64_t to) {
  std::vector<double> out;
  if (from == to) return {samples.begin(), samples.end()};
  const double cutoff = 0.99 * static_cast<double>(std::min(from, to));
  for (int64_t i = 0; static_cast<double>(i) / to < static_cast<double>(samples.size()) / from; ++i) {
    double sum = 0;
    for (size_t k = 0; k < samples.size(); ++k) {
      const double t = (static_cast<double>(k) / from - static_cast<double>(i) / to) * cutoff;
      if (std::fabs(t) < 6)
        sum += samples[k] * (t == 0 ? 1 : std::sin(kPi * t) / (kPi * t)) * std::pow(std::cos(kPi * t / 12), 2);
    }
    out.push_back(sum * cutoff / from);
  }
  return out;
}

}  // namespace kindred::reference
