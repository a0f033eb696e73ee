// Log-mel spectrograms of sounds, as the feature extractors of transformers define them (audio_utils.py).
#pragma once

#include <cstdint>
#include <vector>

#include "kindred/runtime/thread_pool.h"

namespace kindred {

enum class MelScale { htk, slaney, kaldi };
enum class LogScale { natural, base10, decibels };

struct SpectrogramOptions {
  int64_t sample_rate;
  int64_t frame;  // samples of a frame, which a Hann window weights
  int64_t fft;    // frames are filled up with zeros to this length
  int64_t hop;    // samples from frame to frame
  bool center;    // frame i is centred at i * hop, the sound mirrored at its ends; else it begins there
  bool periodic;  // the window's period is the frame's length, not one less
  bool remove_mean;
  double preemphasis;  // of each frame; 0: none
  int64_t mels;
  MelScale scale;
  bool area;               // triangles of equal area (Slaney), not of equal height
  bool triangles_in_mels;  // straight on the mel scale (Kaldi), not in hertz
  double lowest, highest;  // hertz
  double floor;            // least energy of a band before the logarithm
  LogScale log;
};

// Frames of a sound of `samples`; 0 where it is shorter than one.
int64_t frames_of(const SpectrogramOptions& options, int64_t samples);

// Band energies' logarithms, out [frames, mels]. Throws ERR_VALUE for lengths below 1, a frame longer than `fft`, or
// more than 2^16 of `fft` or 2^10 of `mels`; ERR_ABORTED.
void log_mel(const float* samples, int64_t count, const SpectrogramOptions& options, float* out,
             const AbortFlag* abort);

// [fft / 2 + 1, mels]
std::vector<double> mel_filters(const SpectrogramOptions& options);

// Samples at `to` hertz of a sound at `from`: ceil(count * to / from).
int64_t resampled_length(int64_t count, int64_t from, int64_t to);

// Band-limited interpolation (Smith and Gossett 1984) with a sinc of six zero crossings at each side under a Hann
// window, cut off at 0.99 of the lower rate's half: torchaudio's resample. Throws ERR_VALUE unless both rates are from
// 1 to 2^20; ERR_ABORTED.
void resample_sound(const float* samples, int64_t count, int64_t from, int64_t to, float* out, const AbortFlag* abort);

}  // namespace kindred
