// The elementwise comparison behind CHECK_CLOSE.
#pragma once

#include <cmath>

#include "test/harness/test.h"

namespace kindred::test {

template <class T, class U>
void check_close(const char* file, int line, const std::vector<T>& received, const std::vector<U>& expected,
                 double absolute, double relative) {
  if (received.size() != expected.size())
    return report(file, line, "expected " + text(expected.size()) + " elements but received " + text(received.size()));
  for (size_t n = 0; n < expected.size(); ++n) {
    const double r = received[n], e = expected[n];
    if (r == e || (std::isnan(r) && std::isnan(e))) continue;
    if (std::fabs(r - e) <= absolute + relative * std::fabs(e) && std::isfinite(e)) continue;
    return report(file, line,
                  "expected element " + text(n) + " to be " + text(e) + " but received " + text(r) + " (difference " +
                      text((r - e) * 1e9) + "e-9)");
  }
}

}  // namespace kindred::test
