// Spectrograms and sampling rates, scalar and in double, by their definitions.
#pragma once

#include <vector>

#include "kindred/audio/spectrogram.h"

namespace kindred::reference {

// |X[k]|^2 of the discrete Fourier transform, term by term: [n / 2 + 1].
std::vector<double> power_spectrum(const std::vector<double>& x);

// [frames, mels]
std::vector<double> log_mel(const std::vector<float>& samples, const SpectrogramOptions& options);

// Every sample looks at every other.
std::vector<double> resample_sound(const std::vector<float>& samples, int64_t from, int64_t to);

}  // namespace kindred::reference
