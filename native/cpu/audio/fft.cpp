#include "cpu/audio/fft.h"

#include <algorithm>
#include <cmath>

namespace kindred {

Fft::Fft(int64_t n) : n_(n), roots_(n) {
  for (int64_t p = 2, left = n; left > 1; left % p == 0 ? (factors_.push_back(p), left /= p) : ++p) {
  }
  for (int64_t k = 0; k < n; ++k) roots_[k] = std::polar(1.0, -2 * std::acos(-1.0) * static_cast<double>(k) / n);
}

void Fft::transform(const double* in, int64_t stride, size_t level, int64_t n, std::complex<double>* out,
                    std::complex<double>* spare) const {
  if (n == 1) {
    out[0] = in[0];
    return;
  }
  const int64_t radix = factors_[level], part = n / radix;
  // Part r has the numbers r, r + radix, ...
  for (int64_t r = 0; r < radix; ++r)
    transform(in + r * stride, stride * radix, level + 1, part, spare + r * part, out + r * part);
  const int64_t step = n_ / n;
  for (int64_t j = 0; j < radix; ++j)
    for (int64_t i = 0; i < part; ++i) {
      const int64_t k = j * part + i;
      double real = spare[i].real(), imaginary = spare[i].imag();
      for (int64_t r = 1, at = k; r < radix; ++r) {
        const std::complex<double> root = roots_[at * step], x = spare[r * part + i];
        real += root.real() * x.real() - root.imag() * x.imag();
        imaginary += root.real() * x.imag() + root.imag() * x.real();
        at = at + k < n ? at + k : at + k - n;
      }
      out[k] = {real, imaginary};
    }
}

void Fft::power(const double* in, std::complex<double>* work, double* out) const {
  transform(in, 1, 0, n_, work, work + n_);
  for (int64_t k = 0; k <= n_ / 2; ++k) out[k] = std::norm(work[k]);
}

}  // namespace kindred
