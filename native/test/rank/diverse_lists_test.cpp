#include "kindred/rank/diverse_lists.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "reference/rank/diverse_lists.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

// Candidates with rules, and the memory of both.
struct Case {
  Case(Random& random, int64_t count, int64_t dims, bool ruled)
      : vectors(count + 2, dims, 3, random.floats((count + 2) * dims)),
        rows(count),
        must(count, 0),
        offsets(count + 1) {
    for (int64_t i = 0; i < count; ++i) {
      rows[i] = static_cast<int32_t>(random.integer(0, 9) == 0 ? -1 : count + 1 - i);
      relevance.push_back(random.uniform(0, 1));
      if (ruled) {
        must[i] = random.integer(0, count - 1) < 2;
        const int64_t first = random.integer(0, 5);
        for (int64_t g = first; g < first + random.integer(0, 2); ++g) groups.push_back(static_cast<int32_t>(g));
      }
      offsets[i + 1] = static_cast<int32_t>(groups.size());
    }
    for (int g = 0; g < 8; ++g) limits.push_back(static_cast<int32_t>(random.integer(0, 4)));
  }

  ListCandidates candidates() const {
    return {vectors.view(), rows.data(), relevance.data(), static_cast<int64_t>(rows.size())};
  }
  ListRules rules() const { return {must.data(), offsets.data(), groups.data(), limits.data(), 8}; }
  int64_t musts() const { return std::accumulate(must.begin(), must.end(), int64_t{0}); }

  Padded vectors;
  std::vector<int32_t> rows;
  std::vector<double> relevance;
  std::vector<uint8_t> must;
  std::vector<int32_t> offsets, groups, limits;
};

void check_same(const DiverseList& received, const DiverseList& expected) {
  CHECK(received.chosen == expected.chosen);
  CHECK_CLOSE(received.values, expected.values, 1e-8, 1e-8);
}

}  // namespace

TEST(lists_are_those_of_the_definitions) {
  Random random(1);
  for (const int64_t count : {0, 1, 2, 31, 33, 130})
    for (const int64_t dims : {2, 5, 33, 64})
      for (const bool ruled : {false, true}) {
        const Case one(random, count, dims, ruled);
        const ListCandidates candidates = one.candidates();
        const ListRules rules = ruled ? one.rules() : ListRules{};
        for (const int64_t length : {int64_t{0}, int64_t{1}, int64_t{12}, count + 3})
          for (const double weight : {0.0, 0.3, 0.7, 1.0}) {
            if (one.musts() > std::min(length, count)) continue;
            if (length > 12 && count > 33) continue;
            check_same(maximal_marginal_relevance(candidates, rules, length, weight, nullptr),
                       reference::maximal_marginal_relevance(candidates, rules, length, weight));
            check_same(determinantal_list(candidates, rules, length, weight, nullptr),
                       reference::determinantal_list(candidates, rules, length, weight));
          }
      }
}

TEST(rules_hold_and_lists_are_full_unless_they_leave_no_candidate) {
  Random random(2);
  for (int n = 0; n < 40; ++n) {
    const Case one(random, 60, 8, true);
    if (one.musts() > 15) continue;
    for (const auto& list : {maximal_marginal_relevance(one.candidates(), one.rules(), 15, 0.5, nullptr),
                             determinantal_list(one.candidates(), one.rules(), 15, 0.5, nullptr)}) {
      CHECK(reference::keeps_rules(one.candidates(), one.rules(), list.chosen, 15));
      for (int32_t i = 0; i < 60; ++i) {
        const bool is_listed = std::find(list.chosen.begin(), list.chosen.end(), i) != list.chosen.end();
        CHECK(is_listed || !one.must[i]);
        std::vector<int32_t> with = list.chosen;
        with.push_back(i);
        if (!is_listed) CHECK(!reference::keeps_rules(one.candidates(), one.rules(), with, 15));
      }
    }
  }
}

TEST(of_equals_the_first_is_chosen_and_copies_come_last) {
  // Three directions, twice each.
  const std::vector<float> vectors = {1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1};
  const std::vector<int32_t> rows = {0, 1, 2, 3, 4, 5};
  const std::vector<double> relevance(6, 0.5);
  const ListCandidates candidates{{vectors.data(), 6, 3}, rows.data(), relevance.data(), 6};
  const std::vector<int32_t> in_order = {0, 1, 2, 3, 4, 5};
  const DiverseList mmr = maximal_marginal_relevance(candidates, {}, 6, 0.5, nullptr);
  CHECK(mmr.chosen == in_order);
  CHECK_CLOSE(mmr.values, (std::vector<double>{0, 0, 0, 1, 1, 1}), 0, 0);
  const DiverseList dpp = determinantal_list(candidates, {}, 6, 0.5, nullptr);
  CHECK(dpp.chosen == in_order);
  CHECK_CLOSE(dpp.values, (std::vector<double>{1, 1, 1, 0, 0, 0}), 0, 0);
}

TEST(diverse_lists_refuse_what_they_cannot_use) {
  Random random(3);
  Case one(random, 20, 4, true);
  std::fill(one.must.begin(), one.must.end(), 0);
  const auto both = [&](const char* code, const char* part, int64_t length, double weight) {
    CHECK_THROWS(code, part, maximal_marginal_relevance(one.candidates(), one.rules(), length, weight, nullptr));
    CHECK_THROWS(code, part, determinantal_list(one.candidates(), one.rules(), length, weight, nullptr));
  };
  both("ERR_VALUE", "weight", 5, 1.5);
  both("ERR_VALUE", "length", -1, 0.5);
  std::fill(one.must.begin(), one.must.begin() + 6, 1);
  both("ERR_VALUE", "must", 5, 0.5);
  one.relevance[3] = std::numeric_limits<double>::quiet_NaN();
  both("ERR_VALUE", "relevance", 8, 0.5);
  one.relevance[3] = 0;
  one.rows[2] = 22;
  both("ERR_SHAPE", "rows", 8, 0.5);
  one.rows[2] = 1;
  one.limits[1] = -1;
  both("ERR_VALUE", "limits", 8, 0.5);
  one.limits[1] = 1;
  one.groups.push_back(8);
  one.offsets[20] += 1;
  both("ERR_VALUE", "groups", 8, 0.5);
  one.offsets[20] = 0;
  one.offsets[19] = 1;
  both("ERR_SHAPE", "offsets", 8, 0.5);
  const AbortFlag abort{true};
  const Case other(random, 20, 4, false);
  CHECK_THROWS("ERR_ABORTED", "aborted", determinantal_list(other.candidates(), {}, 5, 0.5, &abort));
  CHECK_THROWS("ERR_ABORTED", "aborted", maximal_marginal_relevance(other.candidates(), {}, 5, 0.5, &abort));
  Case infinite(random, 5, 4, false);
  infinite.vectors.view().row(1)[2] = std::numeric_limits<float>::infinity();
  std::iota(infinite.rows.begin(), infinite.rows.end(), 0);
  CHECK_THROWS("ERR_VALUE", "vectors", determinantal_list(infinite.candidates(), {}, 5, 0.5, nullptr));
}

TEST(threads_change_no_bit_of_diverse_lists) {
  Random random(4);
  const Case one(random, 5000, 16, false);
  CHECK_SAME_BITS({
    const DiverseList a = maximal_marginal_relevance(one.candidates(), {}, 12, 0.5, nullptr);
    const DiverseList b = determinantal_list(one.candidates(), {}, 12, 0.5, nullptr);
    std::vector<double> out = doubles(a.chosen);
    for (const auto& part : {doubles(b.chosen), a.values, b.values}) out.insert(out.end(), part.begin(), part.end());
    return out;
  });
}
