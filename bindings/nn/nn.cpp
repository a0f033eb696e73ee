#include "kindred/nn/program.h"
#include "napi/handle.h"
#include "napi/promise.h"

namespace kindred::bindings {
namespace {

constexpr napi_type_tag kProgramTag = {0x6b696e6472656421, 0x6e6e70726f677261};
constexpr napi_type_tag kBuffersTag = {0x6b696e6472656421, 0x6e6e627566666572};

struct ProgramHandle {
  std::unique_ptr<const nn::Program> program;
  int64_t bytes() const { return 0; }
};

struct BuffersHandle {
  std::unique_ptr<nn::Buffers> buffers;
  int64_t bytes() const { return buffers->bytes(); }
};

// The numbers of a program, one after another.
class Code {
 public:
  explicit Code(Span<double> words) : words_(words) {}

  double number() {
    if (at_ == words_.size) fail_value("code: it ends too early.");
    return words_.data[at_++];
  }
  int64_t integer() {
    const double value = number();
    if (!(value >= -1 && value < 2147483648.0 && value == static_cast<double>(static_cast<int64_t>(value))))
      fail_value("code: expected an integer from -1 to 2^31 - 1 at " + std::to_string(at_ - 1) + ".");
    return static_cast<int64_t>(value);
  }
  // A count of things that take at least one word each.
  int64_t count() {
    const int64_t value = integer();
    if (value < 0 || value > words_.size - at_) fail_value("code: it ends too early.");
    return value;
  }
  std::vector<int32_t> integers() {
    std::vector<int32_t> out(count());
    for (int32_t& value : out) value = static_cast<int32_t>(integer());
    return out;
  }
  bool ended() const { return at_ == words_.size; }

 private:
  Span<double> words_;
  int64_t at_ = 0;
};

nn::TensorSpec TensorOf(Code& code) {
  nn::TensorSpec tensor;
  const int64_t place = code.integer();
  if (place < 0 || place > 2) fail_value("code: there is no such place of a tensor.");
  tensor.place = static_cast<nn::Place>(place);
  tensor.slot = static_cast<int32_t>(code.integer());
  const int64_t integers = code.integer();
  if (integers != 0 && integers != 1) fail_value("code: there is no such type of a tensor.");
  tensor.integers = integers == 1;
  const int64_t rank = code.count();
  for (int64_t d = 0; d < rank; ++d) {
    const auto symbol = static_cast<int32_t>(code.integer());
    tensor.shape.push_back({symbol, code.integer()});
  }
  return tensor;
}

std::vector<std::string> NamesOf(const Napi::Value& value) {
  if (!value.IsArray()) fail_value("names: expected an array.");
  const auto array = value.As<Napi::Array>();
  std::vector<std::string> names;
  for (uint32_t n = 0; n < array.Length(); ++n) names.push_back(Text(array[n], "names"));
  return names;
}

nn::Slot SlotOf(const Napi::Value& value) {
  if (value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_int32_array) {
    const auto ints = Ints(value, "numbers");
    return {ints.data, ints.size, true};
  }
  const auto floats = Floats(value, "numbers");
  return {floats.data, floats.size, false};
}

std::vector<nn::Slot> SlotsOf(const Napi::Value& value, const char* name) {
  if (!value.IsArray()) fail_value(std::string(name) + ": expected an array.");
  const auto array = value.As<Napi::Array>();
  std::vector<nn::Slot> slots;
  for (uint32_t n = 0; n < array.Length(); ++n) slots.push_back(SlotOf(array[n]));
  return slots;
}

// nnProgram(names: string[], code: Float64Array): NnProgramHandle; see lib/nn/graph/program.ts
KINDRED_EXPORT(nnProgram) {
  const std::vector<std::string> names = NamesOf(info[0]);
  Code code(Doubles(info[1], "code"));
  nn::ProgramSpec spec;
  spec.symbols = static_cast<int32_t>(code.count());
  for (int64_t left = code.count(); left > 0; --left) spec.tensors.push_back(TensorOf(code));
  for (int64_t left = code.count(); left > 0; --left) {
    const int64_t name = code.integer();
    if (name < 0 || name >= static_cast<int64_t>(names.size())) fail_value("code: there is no such name.");
    nn::OperationSpec operation{names[name], code.integers(), code.integers(), {}};
    for (int64_t numbers = code.count(); numbers > 0; --numbers) operation.numbers.push_back(code.number());
    spec.operations.push_back(std::move(operation));
  }
  spec.outputs = code.integers();
  if (!code.ended()) fail_value("code: it goes on behind its end.");
  return WrapShared<ProgramHandle>(
      info.Env(),
      std::make_shared<const ProgramHandle>(ProgramHandle{std::make_unique<const nn::Program>(std::move(spec))}),
      kProgramTag);
}

// nnBuffers(): NnBuffersHandle; without any
KINDRED_EXPORT(nnBuffers) {
  return WrapShared<BuffersHandle>(
      info.Env(), std::make_shared<const BuffersHandle>(BuffersHandle{std::make_unique<nn::Buffers>()}), kBuffersTag);
}

std::shared_ptr<const BuffersHandle> BuffersOf(const Napi::Value& value) {
  return SharedOf<BuffersHandle>(value, kBuffersTag, "set of buffers");
}

// nnAddBuffer(buffers: NnBuffersHandle, size: number, abort?): Promise<number>; one more, of zeros, and its index
KINDRED_EXPORT(nnAddBuffer) {
  const auto handle = BuffersOf(info[0]);
  const int64_t size = Count(info[1], "size");
  return Async(info, 2, [=](const AbortFlag*) { return handle->buffers->add(size); });
}

// nnReadBuffer(buffers: NnBuffersHandle, index: number, out: Float32Array, abort?): Promise<void>
KINDRED_EXPORT(nnReadBuffer) {
  const auto handle = BuffersOf(info[0]);
  const int64_t n = Count(info[1], "index");
  const auto out = Floats(info[2], "out");
  return Async(info, 3, [=](const AbortFlag*) { handle->buffers->read(n, out.data, out.size); });
}

// nnWriteBuffer(buffers: NnBuffersHandle, index: number, values: Float32Array, abort?): Promise<void>
KINDRED_EXPORT(nnWriteBuffer) {
  const auto handle = BuffersOf(info[0]);
  const int64_t n = Count(info[1], "index");
  const auto values = Floats(info[2], "values");
  return Async(info, 3, [=](const AbortFlag*) { handle->buffers->write(n, values.data, values.size); });
}

// nnClearBuffer(buffers: NnBuffersHandle, index: number, abort?): Promise<void>; zeros
KINDRED_EXPORT(nnClearBuffer) {
  const auto handle = BuffersOf(info[0]);
  const int64_t n = Count(info[1], "index");
  return Async(info, 2, [=](const AbortFlag*) { handle->buffers->clear(n); });
}

std::vector<int64_t> IndicesOf(const Napi::Value& value) {
  const auto indices = Ints(value, "indices");
  return {indices.data, indices.data + indices.size};
}

// nnCopyBuffers(buffers: NnBuffersHandle, indices: Int32Array, abort?): Promise<NnBuffersHandle>; these, as they are
// now
KINDRED_EXPORT(nnCopyBuffers) {
  return Async(
      info, 2,
      [handle = BuffersOf(info[0]), which = IndicesOf(info[1])](const AbortFlag*) {
        return handle->buffers->copy(which);
      },
      [](Napi::Env env, std::unique_ptr<nn::Buffers>& copies) {
        return WrapShared<BuffersHandle>(env, std::make_shared<const BuffersHandle>(BuffersHandle{std::move(copies)}),
                                         kBuffersTag);
      });
}

// nnRestoreBuffers(buffers: NnBuffersHandle, indices: Int32Array, copies: NnBuffersHandle, abort?): Promise<void>
KINDRED_EXPORT(nnRestoreBuffers) {
  return Async(info, 3,
               [handle = BuffersOf(info[0]), which = IndicesOf(info[1]),
                copies = BuffersOf(info[2])](const AbortFlag*) { handle->buffers->restore(which, *copies->buffers); });
}

// nnExchangeBuffers(buffers: NnBuffersHandle, a: Int32Array, b: Int32Array, abort?): Promise<void>; each of a and the
// one of b
KINDRED_EXPORT(nnExchangeBuffers) {
  return Async(info, 3,
               [handle = BuffersOf(info[0]), a = IndicesOf(info[1]), b = IndicesOf(info[2])](const AbortFlag*) {
                 handle->buffers->exchange(a, b);
               });
}

// nnReleaseBuffers(buffers: NnBuffersHandle): void; gives their memory back once no call under way needs it
KINDRED_EXPORT(nnReleaseBuffers) {
  ReleaseShared<BuffersHandle>(info[0], kBuffersTag, "set of buffers");
  return info.Env().Undefined();
}

// nnRun(program: NnProgramHandle, buffers: NnBuffersHandle, symbols: Int32Array, inputs: NnNumbers[], outputs:
// NnNumbers[],
//   abort?): Promise<void>
KINDRED_EXPORT(nnRun) {
  const auto program = SharedOf<ProgramHandle>(info[0], kProgramTag, "program");
  const auto handle = BuffersOf(info[1]);
  const auto symbols = Ints(info[2], "symbols");
  return Async(info, 5,
               [=, values = std::vector<int64_t>(symbols.data, symbols.data + symbols.size),
                inputs = SlotsOf(info[3], "inputs"), outputs = SlotsOf(info[4], "outputs")](const AbortFlag* abort) {
                 program->program->run(*handle->buffers, values, inputs, outputs, abort);
               });
}

// nnFindNotFinite(program: NnProgramHandle, buffers: NnBuffersHandle, symbols: Int32Array, inputs: NnNumbers[],
// abort?): Promise<number>; the number of the first tensor that holds NaN or infinity, -1 if there is none
KINDRED_EXPORT(nnFindNotFinite) {
  const auto program = SharedOf<ProgramHandle>(info[0], kProgramTag, "program");
  const auto handle = BuffersOf(info[1]);
  const auto symbols = Ints(info[2], "symbols");
  return Async(info, 4,
               [=, values = std::vector<int64_t>(symbols.data, symbols.data + symbols.size),
                inputs = SlotsOf(info[3], "inputs")](const AbortFlag* abort) -> int64_t {
                 return program->program->find_not_finite(*handle->buffers, values, inputs, abort);
               });
}

}  // namespace
}  // namespace kindred::bindings
