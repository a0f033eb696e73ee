#include <cmath>

#include "cpu/nn/program/plan.h"
#include "test/harness/data.h"
#include "test/harness/test.h"
#include "test/nn/program/programs.h"

using namespace kindred;
using namespace kindred::test;

namespace {

// Operations of elementwise kinds over random earlier tensors, of sizes that differ, some of them symbols.
Builder random_program(Random& random) {
  Builder b;
  b.spec.symbols = 2;
  const std::vector<std::vector<Dim>> shapes{{symbol(0), fixed(3)}, {symbol(1)}, {fixed(70)}, {symbol(0, 5), fixed(9)}};
  std::vector<std::vector<int32_t>> made(shapes.size());
  for (size_t s = 0; s < shapes.size(); ++s) {
    made[s].push_back(b.input(static_cast<int32_t>(s), shapes[s]));
    made[s].push_back(b.buffer(static_cast<int32_t>(s), shapes[s]));
  }
  for (int64_t left = random.integer(1, 40); left > 0; --left) {
    const size_t s = random.integer(0, static_cast<int64_t>(shapes.size()) - 1);
    const auto any = [&] { return made[s][random.integer(0, static_cast<int64_t>(made[s].size()) - 1)]; };
    const int32_t out = b.temporary(shapes[s]);
    const int64_t kind = random.integer(0, 3);
    if (kind == 0) b.op("activation", {any()}, {out}, {static_cast<double>(random.integer(0, 5))});
    if (kind == 1) b.op("add", {any(), any(), any()}, {out});
    if (kind == 2) b.op("scale", {any()}, {out}, {random.uniform(-1, 1)});
    if (kind == 3) b.op("activation_gradient", {any(), any()}, {out}, {static_cast<double>(random.integer(0, 5))});
    made[s].push_back(out);
  }
  const auto count = static_cast<int64_t>(b.spec.tensors.size());
  for (int64_t n = random.integer(1, 4); n > 0; --n)
    b.spec.outputs.push_back(static_cast<int32_t>(random.integer(0, count - 1)));
  return b;
}

std::vector<std::vector<float>> run(const nn::ProgramSpec& spec, const nn::Program& program,
                                    const std::vector<int64_t>& sizes, uint64_t seed) {
  Random random(seed);
  const auto size = [&](int32_t id) { return nn::extent_of(spec.tensors[id], sizes).size(); };
  nn::Buffers buffers;
  std::vector<std::vector<float>> inputs, outputs;
  for (int32_t slot = 0; slot < 4; ++slot) {
    inputs.push_back(random.floats(size(2 * slot)));
    const auto values = random.floats(size(2 * slot + 1));
    buffers.write(buffers.add(static_cast<int64_t>(values.size())), values.data(), static_cast<int64_t>(values.size()));
  }
  for (const int32_t id : spec.outputs) outputs.emplace_back(size(id), 7.0f);
  std::vector<nn::Slot> given, made;
  for (auto& values : inputs) given.push_back(slot(values));
  for (auto& values : outputs) made.push_back(slot(values));
  program.run(buffers, sizes, given, made, nullptr);
  return outputs;
}

}  // namespace

TEST(a_program_computes_what_it_would_with_memory_for_every_tensor) {
  Random random(1);
  for (int n = 0; n < 300; ++n) {
    const Builder b = random_program(random);
    nn::ProgramSpec all = b.spec;  // an output keeps its place until the end
    for (int32_t id = 0; id < static_cast<int32_t>(all.tensors.size()); ++id)
      if (all.tensors[id].place == Place::temporary) all.outputs.push_back(id);
    const nn::Program planned(b.spec), spread(all);
    for (int sizes = 0; sizes < 3; ++sizes) {
      const std::vector<int64_t> symbols{random.integer(0, 40), random.integer(0, 40)};
      const uint64_t seed = random.bits();
      const auto received = run(b.spec, planned, symbols, seed);
      auto expected = run(all, spread, symbols, seed);
      expected.resize(received.size());
      CHECK(received == expected);
    }
  }
}

TEST(tensors_that_live_at_one_time_do_not_overlap) {
  Random random(2);
  for (int n = 0; n < 300; ++n) {
    const nn::ProgramSpec spec = random_program(random).spec;
    const nn::Plan plan = nn::plan(spec, {random.integer(0, 40), random.integer(0, 40)});
    const auto count = static_cast<int32_t>(spec.tensors.size());
    const auto end = static_cast<int64_t>(spec.operations.size());
    std::vector<int64_t> first(count, end + 1), last(count, -1);
    const auto lives = [&](int32_t id, int64_t at) {
      first[id] = std::min(first[id], at);
      last[id] = std::max(last[id], at);
    };
    for (int64_t at = 0; at < end; ++at) {
      for (const int32_t id : spec.operations[at].in) lives(id, at);
      for (const int32_t id : spec.operations[at].out) lives(id, at);
    }
    for (const int32_t id : spec.outputs) lives(id, end);
    for (int32_t a = 0; a < count; ++a) {
      const bool is_temporary = spec.tensors[a].place == Place::temporary;
      CHECK_EQUAL(plan.offsets[a] >= 0, is_temporary);
      if (!is_temporary) continue;
      CHECK(plan.offsets[a] + plan.extents[a].size() <= plan.words);
      for (int32_t other = 0; other < a; ++other) {
        if (spec.tensors[other].place != Place::temporary || first[a] > last[other] || first[other] > last[a]) continue;
        CHECK(plan.offsets[a] + plan.extents[a].size() <= plan.offsets[other] ||
              plan.offsets[other] + plan.extents[other].size() <= plan.offsets[a]);
      }
    }
  }
}

TEST(a_chain_takes_the_memory_of_two) {
  Builder b;
  int32_t at = b.input(0, {fixed(1000)});
  for (int n = 0; n < 50; ++n) {
    const int32_t next = b.temporary({fixed(1000)});
    b.op("scale", {at}, {next}, {2});
    at = next;
  }
  b.spec.outputs = {at};
  CHECK(nn::plan(b.spec, {}).words <= 2 * 1008);
}

TEST(sizes_that_no_tensor_has_are_refused) {
  const auto extent = [](std::vector<Dim> shape, std::vector<int64_t> symbols) {
    return nn::extent_of({Place::temporary, 0, false, std::move(shape)}, symbols).size();
  };
  CHECK_EQUAL(extent({}, {}), 1);
  CHECK_EQUAL(extent({symbol(0, 2), fixed(3)}, {4}), 18);
  CHECK_EQUAL(extent({symbol(0, -1)}, {1}), 0);
  CHECK_EQUAL(extent({fixed(65536), fixed(32767)}, {}), int64_t{65536} * 32767);
  CHECK_THROWS("ERR_SHAPE", "rows", extent({symbol(0, -1)}, {0}));
  CHECK_THROWS("ERR_SHAPE", "rows", extent({symbol(0)}, {-1}));
  CHECK_THROWS("ERR_SHAPE", "rows", extent({symbol(0)}, {int64_t{1} << 31}));
  CHECK_THROWS("ERR_SHAPE", "rows", extent({symbol(0), fixed(0)}, {INT64_MAX}));
  CHECK_THROWS("ERR_SHAPE", "too large", extent({fixed(65536), fixed(32768)}, {}));
  CHECK_THROWS("ERR_SHAPE", "too large", extent({symbol(0), symbol(0)}, {INT32_MAX}));
}
