#include "kindred/text/distill.h"

#include <cmath>

#include "reference/text/distill.h"
#include "test/harness/data.h"
#include "test/harness/test.h"

using namespace kindred;
using namespace kindred::test;

namespace {

// Texts of 0 to 6 tokens out of `rows`, repeats included; teacher rows of norm 1.
reference::DistillProblem random_problem(Random& random, int64_t texts, int64_t rows, int64_t dims) {
  reference::DistillProblem p{{0}, {}, {}, {}, 10.0, rows, dims};
  for (int64_t b = 0; b < texts; ++b) {
    const int64_t count = b == 1 ? 0 : random.integer(1, 6);
    for (int64_t i = 0; i < count; ++i) p.tokens.push_back(static_cast<int32_t>(random.integer(0, rows - 1)));
    p.indptr.push_back(static_cast<int32_t>(p.tokens.size()));
    double norm = 0;
    std::vector<double> t(dims);
    for (double& x : t) norm += (x = random.uniform(-1, 1)) * x;
    for (double x : t) p.teacher.push_back(static_cast<float>(x / std::sqrt(norm)));
  }
  for (int64_t r = 0; r < rows; ++r) p.token_weights.push_back(static_cast<float>(random.uniform(0.1, 1)));
  return p;
}

struct Student {
  std::vector<float> table, first, second, weights, teacher;
  std::vector<int32_t> updates;

  Student(const reference::DistillProblem& p, const std::vector<float>& start)
      : table(start),
        first(start.size(), 0.0f),
        second(start.size(), 0.0f),
        weights(p.token_weights.begin(), p.token_weights.end()),
        teacher(p.teacher.begin(), p.teacher.end()),
        updates(p.rows, 0) {}

  DistillLoss step(const reference::DistillProblem& p, const AdamOptions& options, const AbortFlag* abort = nullptr) {
    return distill_step({p.indptr.data(), p.tokens.data(), p.texts()}, {teacher.data(), p.texts(), p.dims},
                        weights.data(), p.similarity_weight, options, {table.data(), p.rows, p.dims},
                        {{first.data(), p.rows, p.dims}, {second.data(), p.rows, p.dims}, updates.data()}, abort);
  }
};

}  // namespace

TEST(the_reference_gradient_equals_central_differences) {
  Random random(1);
  for (const int64_t texts : {1, 2, 7}) {
    const auto p = random_problem(random, texts, 9, 5);
    auto table = doubles(random.floats(p.rows * p.dims));
    const auto total = [&] {
      const DistillLoss loss = reference::distill_loss(p, table);
      return loss.cosine + p.similarity_weight * loss.similarity;
    };
    std::vector<double> differences(table.size());
    for (size_t i = 0; i < table.size(); ++i) {
      const double kept = table[i], h = 1e-6;
      table[i] = kept + h;
      const double above = total();
      table[i] = kept - h;
      differences[i] = (above - total()) / (2 * h);
      table[i] = kept;
    }
    CHECK_CLOSE(reference::distill_gradient(p, table), differences, 1e-8, 1e-7);
  }
}

TEST(loss_and_gradient_equal_the_reference) {
  Random random(2);
  for (const int64_t texts : {0, 1, 2, 33, 130})
    for (const int64_t dims : {2, 3, 31, 64, 257}) {
      const auto p = random_problem(random, texts, 50, dims);
      const auto start = random.floats(p.rows * p.dims);
      Student student(p, start);
      // beta1 = 0 leaves the gradient itself in the first moment.
      AdamOptions options;
      options.beta1 = 0;
      const DistillLoss loss = student.step(p, options);
      if (texts == 0) {
        CHECK_EQUAL(loss.cosine + loss.similarity, 0.0);
        continue;
      }
      const auto expected = reference::distill_loss(p, doubles(start));
      CHECK_CLOSE((std::vector<double>{loss.cosine, loss.similarity}),
                  (std::vector<double>{expected.cosine, expected.similarity}), 1e-6, 1e-5);
      CHECK_CLOSE(student.first, reference::distill_gradient(p, doubles(start)), 1e-4, 1e-3);
    }
}

TEST(adam_follows_the_paper_row_by_row) {
  Random random(3);
  const auto p = random_problem(random, 6, 12, 4);
  const auto start = random.floats(p.rows * p.dims);
  Student student(p, start);
  const AdamOptions options;
  std::vector<double> table = doubles(start), m(table.size(), 0.0), v(table.size(), 0.0);
  std::vector<bool> touched(p.rows, false);
  for (const int32_t token : p.tokens) touched[token] = true;
  for (int t = 1; t <= 5; ++t) {
    const auto g = reference::distill_gradient(p, table);
    student.step(p, options);
    for (int64_t r = 0; r < p.rows; ++r) {
      CHECK_EQUAL(student.updates[r], touched[r] ? t : 0);
      for (int64_t i = r * p.dims; i < (r + 1) * p.dims && touched[r]; ++i) {
        m[i] = options.beta1 * m[i] + (1 - options.beta1) * g[i];
        v[i] = options.beta2 * v[i] + (1 - options.beta2) * g[i] * g[i];
        table[i] -= options.learning_rate * (m[i] / (1 - std::pow(options.beta1, t))) /
                    (std::sqrt(v[i] / (1 - std::pow(options.beta2, t))) + options.epsilon);
      }
    }
    CHECK_CLOSE(student.table, table, 2e-5, 0);
  }
}

TEST(training_approaches_the_teacher) {
  Random random(4);
  const auto p = random_problem(random, 40, 60, 16);
  Student student(p, random.floats(p.rows * p.dims));
  AdamOptions options;
  options.learning_rate = 0.02;
  const DistillLoss first = student.step(p, options);
  DistillLoss last = first;
  for (int t = 0; t < 300; ++t) last = student.step(p, options);
  CHECK(last.cosine < 0.3 * first.cosine);
  CHECK(last.similarity < 0.2 * first.similarity);
}

TEST(a_step_has_the_same_bits_for_any_number_of_threads) {
  Random random(5);
  const auto p = random_problem(random, 128, 200, 64);
  const auto start = random.floats(p.rows * p.dims);
  CHECK_SAME_BITS(Student student(p, start); for (int t = 0; t < 3; ++t) student.step(p, {});
                  return doubles(student.table));
}

TEST(a_text_without_direction_has_no_gradient) {
  reference::DistillProblem p{{0, 0, 1}, {0}, {1, 0, 1, 0}, {1, 1}, 1.0, 2, 2};
  Student student(p, {0, 0, 3, 4});
  const DistillLoss loss = student.step(p, {});
  CHECK_EQUAL(loss.cosine, 1.0);
  CHECK_CLOSE(student.table, (std::vector<double>{0, 0, 3, 4}), 0, 0);
}

TEST(wrong_batches_are_refused) {
  Random random(6);
  auto p = random_problem(random, 4, 5, 3);
  Student student(p, random.floats(p.rows * p.dims));
  const AbortFlag abort{true};
  CHECK_THROWS("ERR_ABORTED", "", student.step(p, {}, &abort));
  p.tokens[0] = 5;
  CHECK_THROWS("ERR_VALUE", "from 0 to 4 but received 5", student.step(p, {}));
  p.tokens[0] = -1;
  CHECK_THROWS("ERR_VALUE", "received -1", student.step(p, {}));
  p.tokens[0] = 0;
  std::swap(p.indptr[2], p.indptr[4]);
  CHECK_THROWS("ERR_VALUE", "ascend", student.step(p, {}));
}
