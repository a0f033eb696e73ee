#include "kindred/audio/spectrogram.h"

#include <cmath>

#include "cpu/audio/fft.h"
#include "reference/audio/audio.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

namespace kindred::test {
namespace {

SpectrogramOptions whisper() {
  return {16000,           400, 400, 160, true, true, false, 0, 20, MelScale::slaney, true, false, 0, 8000, 1e-10,
          LogScale::base10};
}

SpectrogramOptions kaldi() {
  return {16000,  400,
          512,    160,
          false,  false,
          true,   0.97,
          24,     MelScale::kaldi,
          false,  true,
          20,     8000,
          1.2e-7, LogScale::natural};
}

SpectrogramOptions clap() {
  return {
      48000, 96, 96, 30, true, true, false, 0, 7, MelScale::htk, false, false, 50, 14000, 1e-10, LogScale::decibels};
}

std::vector<float> computed(const std::vector<float>& samples, const SpectrogramOptions& options) {
  const auto count = static_cast<int64_t>(samples.size());
  std::vector<float> out(frames_of(options, count) * options.mels, 7.0f);
  log_mel(samples.data(), count, options, out.data(), nullptr);
  return out;
}

TEST(transforms_of_any_length_agree_with_the_definition) {
  Random random(1);
  for (const int64_t n : {1, 2, 3, 4, 5, 7, 8, 12, 31, 49, 97, 100, 400, 512, 600}) {
    const std::vector<double> x = doubles(random.floats(n));
    std::vector<std::complex<double>> work(2 * n);
    std::vector<double> out(n / 2 + 1);
    Fft(n).power(x.data(), work.data(), out.data());
    CHECK_CLOSE(out, reference::power_spectrum(x), 1e-9, 1e-9);
  }
}

TEST(spectrograms_agree_with_the_reference) {
  Random random(2);
  for (const SpectrogramOptions& options : {whisper(), kaldi(), clap()})
    for (const int64_t count : {1, 31, 399, 400, 401, 1025, 2000}) {
      const auto samples = random.floats(count);
      CHECK_CLOSE(computed(samples, options), reference::log_mel(samples, options), 1e-4, 1e-5);
    }
}

TEST(silence_has_the_least_energy) {
  for (const float value : computed(std::vector<float>(800), whisper())) CHECK_EQUAL(value, -10.0f);
}

TEST(counts_frames) {
  CHECK_EQUAL(frames_of(whisper(), 480000), int64_t{3001});
  CHECK_EQUAL(frames_of(kaldi(), 399), int64_t{0});
  CHECK_EQUAL(frames_of(kaldi(), 560), int64_t{2});
  CHECK_EQUAL(frames_of(whisper(), 0), int64_t{0});
}

TEST(resampling_agrees_with_the_reference) {
  Random random(3);
  const int64_t rates[][2] = {{8000, 16000}, {44100, 16000}, {16000, 44100}, {3, 7}, {7, 3}, {16000, 16001}, {5, 5}};
  for (const auto& [from, to] : rates)
    for (const int64_t count : {1, 2, 33, 500}) {
      const auto samples = random.floats(count);
      std::vector<float> out(resampled_length(count, from, to));
      resample_sound(samples.data(), count, from, to, out.data(), nullptr);
      CHECK_CLOSE(out, reference::resample_sound(samples, from, to), 1e-5, 1e-5);
    }
}

TEST(is_the_same_for_any_number_of_threads) {
  Random random(4);
  const auto samples = random.floats(20000);
  CHECK_SAME_BITS(return doubles(computed(samples, kaldi())));
  CHECK_SAME_BITS(std::vector<float> out(resampled_length(20000, 44100, 16000));
                  resample_sound(samples.data(), 20000, 44100, 16000, out.data(), nullptr); return doubles(out));
}

TEST(refuses_what_cannot_be_and_hears_an_abort) {
  SpectrogramOptions options = whisper();
  options.frame = 401;
  CHECK_THROWS("ERR_VALUE", "no longer than the transform", frames_of(options, 1000));
  options = whisper();
  options.hop = 0;
  CHECK_THROWS("ERR_VALUE", "", frames_of(options, 1000));
  CHECK_THROWS("ERR_VALUE", "0 and 16000", resampled_length(10, 0, 16000));
  const AbortFlag raised{true};
  std::vector<float> samples(2000), out(20 * 20);
  CHECK_THROWS("ERR_ABORTED", "", log_mel(samples.data(), 2000, whisper(), out.data(), &raised));
  out.resize(4000);
  CHECK_THROWS("ERR_ABORTED", "", resample_sound(samples.data(), 2000, 8000, 16000, out.data(), &raised));
}

}  // namespace
}  // namespace kindred::test
