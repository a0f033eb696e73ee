#include "kindred/sparse/csr.h"

#include <limits>
#include <string>

#include "kindred/runtime/error.h"
#include "kindred/runtime/poll.h"

namespace kindred {
namespace {

// counts[r + 1] entries for row r -> row pointers
void accumulate(std::vector<int32_t>& counts) {
  for (size_t r = 1; r < counts.size(); ++r) counts[r] += counts[r - 1];
}

void check_ascends(const CsrView& csr, int64_t r, const char* name) {
  if (csr.indptr[r + 1] < csr.indptr[r])
    fail_shape(std::string(name) + ": row pointers descend at row " + std::to_string(r) + ".");
}

void check_row(const CsrView& csr, int64_t r, const char* name) {
  if (csr.indptr[r] < 0 || csr.indptr[r + 1] > csr.nonzeros())
    fail_shape(std::string(name) + ": a row pointer exceeds the number of indices.");
  for (int32_t n = csr.indptr[r]; n < csr.indptr[r + 1]; ++n) {
    const int32_t previous = n > csr.indptr[r] ? csr.indices[n - 1] : -1;
    if (csr.indices[n] <= previous || csr.indices[n] >= csr.cols)
      fail_shape(std::string(name) + ": column ids of row " + std::to_string(r) + " must ascend strictly within [0, " +
                 std::to_string(csr.cols) + ").");
  }
}

}  // namespace

void check_csr(const CsrView& csr, const char* name, const AbortFlag* abort) {
  if (csr.rows < 0 || csr.indptr[0] != 0) fail_shape(std::string(name) + ": row pointers must start at 0.");
  Poll poll(abort);
  for (int64_t r = 0; r < csr.rows; ++r) {
    poll();
    check_ascends(csr, r, name);
  }
  for (int64_t r = 0; r < csr.rows; ++r) {
    poll(csr.indptr[r + 1] - csr.indptr[r] + 1);
    check_row(csr, r, name);
  }
}

void check_csr_factor(const CsrView& a, const CsrView& csr, const char* name, const AbortFlag* abort) {
  if (a.cols != csr.rows || a.nonzeros() >= csr.rows) return check_csr(csr, name, abort);
  Poll poll(abort);
  for (int64_t n = 0; n < a.nonzeros(); ++n) {
    poll(csr.indptr[a.indices[n] + 1] - csr.indptr[a.indices[n]] + 1);
    check_ascends(csr, a.indices[n], name);
    check_row(csr, a.indices[n], name);
  }
}

Csr csr_from_pairs(const int32_t* row_of, const int32_t* col_of, const float* values, int64_t count, int64_t rows,
                   int64_t cols, const AbortFlag* abort) {
  if (count > std::numeric_limits<int32_t>::max())
    throw Error("ERR_TOO_LARGE", "expected at most 2147483647 pairs but received " + std::to_string(count) + ".");
  Poll poll(abort);
  for (int64_t n = 0; n < count; ++n) {
    poll();
    if (row_of[n] < 0 || row_of[n] >= rows || col_of[n] < 0 || col_of[n] >= cols)
      fail_shape("pair " + std::to_string(n) + ": (" + std::to_string(row_of[n]) + ", " + std::to_string(col_of[n]) +
                 ") lies outside [" + std::to_string(rows) + ", " + std::to_string(cols) + "].");
  }

  // A counting sort by column, then a stable one by row, leaves the columns of each row ascending.
  Csr by_col;
  by_col.rows = cols;
  by_col.cols = rows;
  by_col.indptr.assign(cols + 1, 0);
  by_col.indices.resize(count);
  if (values) by_col.values.resize(count);
  in_steps(count, abort, [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) ++by_col.indptr[col_of[n] + 1];
  });
  accumulate(by_col.indptr);
  std::vector<int32_t> next(by_col.indptr.begin(), by_col.indptr.end() - 1);
  for (int64_t n = 0; n < count; ++n) {
    poll();
    const int32_t at = next[col_of[n]]++;
    by_col.indices[at] = row_of[n];
    if (values) by_col.values[at] = values[n];
  }
  Csr csr = transpose(by_col.view(), abort);
  for (int64_t r = 0; r < rows; ++r) {
    poll(csr.indptr[r + 1] - csr.indptr[r] + 1);
    for (int32_t n = csr.indptr[r] + 1; n < csr.indptr[r + 1]; ++n)
      if (csr.indices[n] == csr.indices[n - 1])
        fail_value("pair (" + std::to_string(r) + ", " + std::to_string(csr.indices[n]) + ") occurs more than once.");
  }
  return csr;
}

Csr transpose(const CsrView& csr, const AbortFlag* abort) {
  Csr out;
  out.rows = csr.cols;
  out.cols = csr.rows;
  const int64_t nonzeros = csr.nonzeros();
  out.indptr.assign(out.rows + 1, 0);
  out.indices.resize(nonzeros);
  if (csr.values) out.values.resize(nonzeros);
  in_steps(nonzeros, abort, [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) ++out.indptr[csr.indices[n] + 1];
  });
  accumulate(out.indptr);
  std::vector<int32_t> next(out.indptr.begin(), out.indptr.end() - 1);
  Poll poll(abort);
  for (int64_t r = 0; r < csr.rows; ++r) {
    poll(csr.indptr[r + 1] - csr.indptr[r] + 1);
    for (int32_t n = csr.indptr[r]; n < csr.indptr[r + 1]; ++n) {
      const int32_t at = next[csr.indices[n]]++;
      out.indices[at] = static_cast<int32_t>(r);
      if (csr.values) out.values[at] = csr.values[n];
    }
  }
  return out;
}

}  // namespace kindred
