#include "kindred/audio/spectrogram.h"

#include <algorithm>
#include <cmath>

#include "cpu/audio/fft.h"
#include "kindred/runtime/error.h"

namespace kindred {
namespace {

constexpr int64_t kMostFft = 1 << 16, kMostMels = 1 << 10;

void check(const SpectrogramOptions& o) {
  if (o.frame < 1 || o.hop < 1 || o.mels < 1 || o.sample_rate < 1 || o.fft < std::max<int64_t>(o.frame, 2) ||
      o.fft > kMostFft || o.mels > kMostMels)
    fail_value("spectrogram: expected lengths of at least 1, and a frame no longer than the transform.");
}

// The band's bins that count: a triangle is zero elsewhere.
struct Band {
  int64_t first;
  std::vector<double> weights;
};

std::vector<Band> bands_of(const SpectrogramOptions& o) {
  const std::vector<double> filters = mel_filters(o);
  const int64_t bins = o.fft / 2 + 1;
  std::vector<Band> out(o.mels);
  for (int64_t m = 0; m < o.mels; ++m) {
    int64_t first = 0, end = bins;
    while (first < end && filters[first * o.mels + m] == 0) ++first;
    while (end > first && filters[(end - 1) * o.mels + m] == 0) --end;
    out[m].first = first;
    for (int64_t k = first; k < end; ++k) out[m].weights.push_back(filters[k * o.mels + m]);
  }
  return out;
}

std::vector<double> window_of(const SpectrogramOptions& o) {
  std::vector<double> out(o.frame, 1.0);
  const auto period = static_cast<double>(o.periodic ? o.frame : o.frame - 1);
  if (period > 0)
    for (int64_t i = 0; i < o.frame; ++i)
      out[i] = 0.5 - 0.5 * std::cos(2 * std::acos(-1.0) * static_cast<double>(i) / period);
  return out;
}

// A place outside of [0, count), mirrored at the ends, which are not repeated.
int64_t mirrored(int64_t i, int64_t count) {
  if (count == 1) return 0;
  const int64_t period = 2 * (count - 1);
  i = (i % period + period) % period;
  return i < count ? i : period - i;
}

double logarithm(double energy, LogScale scale) {
  if (scale == LogScale::natural) return std::log(energy);
  return scale == LogScale::base10 ? std::log10(energy) : 10 * std::log10(energy);
}

}  // namespace

int64_t frames_of(const SpectrogramOptions& o, int64_t samples) {
  check(o);
  const int64_t padded = o.center ? samples + o.frame / 2 * 2 : samples;
  return samples < 1 || padded < o.frame ? 0 : 1 + (padded - o.frame) / o.hop;
}

void log_mel(const float* samples, int64_t count, const SpectrogramOptions& o, float* out, const AbortFlag* abort) {
  const int64_t frames = frames_of(o, count);
  if (frames == 0) return;
  const Fft fft(o.fft);
  const std::vector<Band> bands = bands_of(o);
  const std::vector<double> window = window_of(o);
  parallel_for(frames, 16, abort, [&](int64_t begin, int64_t end) {
    std::vector<double> buffer(o.fft), power(o.fft / 2 + 1);
    std::vector<std::complex<double>> work(2 * o.fft);
    for (int64_t f = begin; f < end; ++f) {
      const int64_t first = f * o.hop - (o.center ? o.frame / 2 : 0);
      for (int64_t i = 0; i < o.frame; ++i) buffer[i] = samples[mirrored(first + i, count)];
      if (o.remove_mean) {
        double sum = 0;
        for (int64_t i = 0; i < o.frame; ++i) sum += buffer[i];
        for (int64_t i = 0; i < o.frame; ++i) buffer[i] -= sum / static_cast<double>(o.frame);
      }
      if (o.preemphasis != 0) {
        for (int64_t i = o.frame - 1; i > 0; --i) buffer[i] -= o.preemphasis * buffer[i - 1];
        buffer[0] *= 1 - o.preemphasis;
      }
      for (int64_t i = 0; i < o.frame; ++i) buffer[i] *= window[i];
      fft.power(buffer.data(), work.data(), power.data());
      for (int64_t m = 0; m < o.mels; ++m) {
        double energy = 0;
        for (size_t k = 0; k < bands[m].weights.size(); ++k) energy += bands[m].weights[k] * power[bands[m].first + k];
        out[f * o.mels + m] = static_cast<float>(logarithm(std::max(energy, o.floor), o.log));
      }
    }
  });
}

}  // namespace kindred
