#include "kindred/nn/layers/gather.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "cpu/runtime/kernel_table.h"
#include "kindred/runtime/error.h"

namespace kindred::nn {
namespace {

constexpr int64_t kRows = 64;

constexpr int64_t kAny = int64_t{1} << 31;  // rows of a table of any size

void check_ids(const int32_t* ids, int64_t n, int64_t rows, int32_t least = 0) {
  for (int64_t i = 0; i < n; ++i)
    if (ids[i] < least || ids[i] >= rows)
      fail_value("ids[" + std::to_string(i) + "]: expected a row of " + std::to_string(rows) + " but received " +
                 std::to_string(ids[i]) + ".");
}

// The places of ids by id, those of one id in their order, and where each id begins.
struct Groups {
  std::vector<int32_t> places, starts;

  Groups(const int32_t* ids, int64_t n) : places(n) {
    std::iota(places.begin(), places.end(), 0);
    std::stable_sort(places.begin(), places.end(), [&](int32_t a, int32_t b) { return ids[a] < ids[b]; });
    for (int64_t i = 0; i < n; ++i)
      if (i == 0 || ids[places[i]] != ids[places[i - 1]]) starts.push_back(static_cast<int32_t>(i));
    starts.push_back(static_cast<int32_t>(n));
  }
  int64_t count() const { return static_cast<int64_t>(starts.size()) - 1; }
};

void add_group(const Groups& groups, int64_t group, ConstMatrix dy, float* out) {
  for (int32_t i = groups.starts[group]; i < groups.starts[group + 1]; ++i)
    kernels().axpy(1.0f, dy.row(groups.places[i]), out, dy.cols);
}

void zero_rows(Matrix m, const AbortFlag* abort) {
  parallel_for(m.rows, kRows, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) std::fill_n(m.row(r), m.cols, 0.0f);
  });
}

}  // namespace

void gather_rows(ConstMatrix table, const int32_t* ids, Matrix out, const AbortFlag* abort) {
  check_ids(ids, out.rows, table.rows);
  parallel_for(out.rows, kRows, abort, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) std::copy_n(table.row(ids[r]), out.cols, out.row(r));
  });
}

void scatter_rows(ConstMatrix dy, const int32_t* ids, Matrix out, const AbortFlag* abort) {
  check_ids(ids, dy.rows, out.rows, -1);
  const Groups groups(ids, dy.rows);
  zero_rows(out, abort);
  parallel_for(groups.count(), kRows, abort, [&](int64_t begin, int64_t end) {
    for (int64_t g = begin; g < end; ++g) {
      const int32_t id = ids[groups.places[groups.starts[g]]];
      if (id >= 0) add_group(groups, g, dy, out.row(id));
    }
  });
}

void sum_by_row(ConstMatrix dy, const int32_t* ids, int32_t* rows, Matrix sums, const AbortFlag* abort) {
  check_ids(ids, dy.rows, kAny);
  const Groups groups(ids, dy.rows);
  zero_rows(sums, abort);
  std::fill_n(rows, dy.rows, -1);
  parallel_for(groups.count(), kRows, abort, [&](int64_t begin, int64_t end) {
    for (int64_t g = begin; g < end; ++g) {
      rows[g] = ids[groups.places[groups.starts[g]]];
      add_group(groups, g, dy, sums.row(g));
    }
  });
}

void sequence_mean(ConstMatrix x, const Sequences& sequences, Matrix out, const AbortFlag* abort) {
  check_sequences(sequences, x.rows);
  const int32_t* const offsets = sequences.offsets;
  parallel_for(out.rows, 4, abort, [&](int64_t begin, int64_t end) {
    for (int64_t s = begin; s < end; ++s) {
      std::fill_n(out.row(s), out.cols, 0.0f);
      for (int32_t t = offsets[s]; t < offsets[s + 1]; ++t) kernels().axpy(1.0f, x.row(t), out.row(s), out.cols);
      const int32_t count = offsets[s + 1] - offsets[s];
      if (count > 0) kernels().scale(1.0f / static_cast<float>(count), out.row(s), out.cols);
    }
  });
}

void sequence_mean_gradient(ConstMatrix dy, const Sequences& sequences, Matrix dx, const AbortFlag* abort) {
  check_sequences(sequences, dx.rows);
  const int32_t* const offsets = sequences.offsets;
  zero_rows(dx, abort);
  parallel_for(dy.rows, 4, abort, [&](int64_t begin, int64_t end) {
    for (int64_t s = begin; s < end; ++s)
      for (int32_t t = offsets[s]; t < offsets[s + 1]; ++t)
        kernels().axpy(1.0f / static_cast<float>(offsets[s + 1] - offsets[s]), dy.row(s), dx.row(t), dx.cols);
  });
}

}  // namespace kindred::nn
