#include "kindred/tables/dense_keys.h"

#include <cmath>
#include <limits>
#include <map>

#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

struct Keys {
  std::vector<int32_t> a, b;
  int64_t count;
};

Keys keys_of(const std::vector<double>& a, const std::vector<double>& b) {
  Keys keys{std::vector<int32_t>(a.size()), std::vector<int32_t>(b.size()), 0};
  keys.count = dense_keys(a.data(), a.size(), b.data(), b.size(), keys.a.data(), keys.b.data(), nullptr);
  return keys;
}

Keys expected(const std::vector<double>& a, const std::vector<double>& b) {
  std::map<double, int32_t> known;
  const auto all = [&](const std::vector<double>& numbers) {
    std::vector<int32_t> keys;
    for (const double number : numbers)
      keys.push_back(std::isnan(number) ? -1 : known.emplace(number, static_cast<int32_t>(known.size())).first->second);
    return keys;
  };
  Keys keys{all(a), all(b), 0};
  keys.count = static_cast<int64_t>(known.size());
  return keys;
}

void check(const std::vector<double>& a, const std::vector<double>& b) {
  const Keys received = keys_of(a, b), wanted = expected(a, b);
  CHECK_CLOSE(received.a, wanted.a, 0, 0);
  CHECK_CLOSE(received.b, wanted.b, 0, 0);
  CHECK_EQUAL(received.count, wanted.count);
}

}  // namespace

TEST(keys_are_in_order_of_first_appearance) {
  Random random(1);
  for (const int64_t count : {0, 1, 33, 1025, 20000})
    for (const int64_t kind : {0, 1, 2}) {
      const auto numbers = [&](int64_t size) {
        std::vector<double> out(size);
        for (double& number : out) {
          number = kind == 0   ? static_cast<double>(random.integer(-50, 900))          // a table of integers
                   : kind == 1 ? static_cast<double>(random.integer(-900, 900)) * 1e12  // far apart
                               : random.uniform(-1, 1);
          if (random.integer(0, 9) == 0) number = NAN;
        }
        return out;
      };
      check(numbers(count), numbers(count / 2));
    }
}

TEST(zeros_are_one_and_infinities_are_numbers) {
  const double infinity = std::numeric_limits<double>::infinity();
  check({0.0, -0.0, infinity, -infinity, infinity}, {-0.0, 0.5});
  check({-0.0, 0.0, 3}, {});
  check({9007199254740991.0, -9007199254740991.0}, {9007199254740991.0});
}

TEST(is_aborted) {
  const AbortFlag abort = true;
  const std::vector<double> numbers(10, 1.0);
  std::vector<int32_t> keys(10);
  CHECK_THROWS("ERR_ABORTED", "", dense_keys(numbers.data(), 10, nullptr, 0, keys.data(), nullptr, &abort));
}
