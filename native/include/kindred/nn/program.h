// A step of a network as one list of operations: forward, backward and optimiser, run by one call. Sizes that change
// from step to step, such as the tokens of a batch, are symbols; memory is planned for their values.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kindred/runtime/large_pages.h"
#include "kindred/runtime/readers_writer_lock.h"
#include "kindred/runtime/thread_pool.h"

namespace kindred::nn {

// The value of a symbol, if there is one, plus a constant.
struct Dim {
  int32_t symbol = -1;
  int64_t plus = 0;
};

// Where a tensor's numbers are: kept from run to run, given for one run, or of no concern after it.
enum class Place { buffer, input, temporary };

// Numbers [], [n] or [n, m], row-major.
struct TensorSpec {
  Place place;
  int32_t slot;   // of the buffer or input
  bool integers;  // int32, else float
  std::vector<Dim> shape;
};

struct OperationSpec {
  std::string name;
  std::vector<int32_t> in, out;  // tensors; an input of -1 is absent
  std::vector<double> numbers;
};

struct ProgramSpec {
  int32_t symbols = 0;
  std::vector<TensorSpec> tensors;
  std::vector<OperationSpec> operations;
  std::vector<int32_t> outputs;  // tensors that a run gives back
};

// Weights, and what optimisers keep beside them. Runs that change them exclude all others. Any thread may call.
class Buffers {
 public:
  int64_t add(int64_t size);  // of zeros; its number
  int64_t bytes() const;
  // ERR_SHAPE unless buffer n has `size` numbers
  void read(int64_t n, float* out, int64_t size) const;
  void write(int64_t n, const float* values, int64_t size);
  void clear(int64_t n);  // zeros
  // These buffers, as they are at one time; and back again. ERR_SHAPE for one that is not there or of another size
  std::unique_ptr<Buffers> copy(const std::vector<int64_t>& which) const;
  void restore(const std::vector<int64_t>& which, const Buffers& copies);
  // Each of `a` gets the numbers of the one of `b` and the other way round. ERR_SHAPE unless they are as many, of the
  // same sizes, and none of them stands twice.
  void exchange(const std::vector<int64_t>& a, const std::vector<int64_t>& b);

 private:
  friend class Program;
  void check(int64_t n) const;
  void check(int64_t n, int64_t size) const;

  std::vector<LargeVector<float>> buffers_;
  mutable ReadersWriterLock mutex_;
};

// Numbers that a run takes or fills: float or int32, as the tensor is.
struct Slot {
  void* data;
  int64_t size;
  bool integers;
};

class Program {
 public:
  // ERR_VALUE for an operation that does not exist, operands of the wrong kind or an illegal number. Operations that
  // write buffers run last, whatever their place in the list: what others read of a buffer is what it held before the
  // run.
  explicit Program(ProgramSpec spec);
  ~Program();

  // Runs it for these values of the symbols. `inputs` by slot, `outputs` as the program names them. ERR_SHAPE where
  // sizes do not fit, ERR_VALUE for ids outside a table and the like, ERR_NOT_FINITE for a loss or a gradient that is
  // none, ERR_ABORTED: all of them before a buffer is written, so that buffers are as they were. From there on the flag
  // is not heard.
  void run(Buffers& buffers, const std::vector<int64_t>& symbols, const std::vector<Slot>& inputs,
           const std::vector<Slot>& outputs, const AbortFlag* abort) const;

  // Of a run that failed with ERR_NOT_FINITE: the first tensor, in the order of the operations, that holds a number
  // which is none; -1 if there is none. No buffer is written.
  int32_t find_not_finite(Buffers& buffers, const std::vector<int64_t>& symbols, const std::vector<Slot>& inputs,
                          const AbortFlag* abort) const;

 private:
  int32_t execute(Buffers& buffers, const std::vector<int64_t>& symbols, const std::vector<Slot>& inputs,
                  const std::vector<Slot>* outputs, const AbortFlag* abort) const;

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kindred::nn
