#include "kindred/nn/program.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <deque>
#include <iterator>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>

#include "cpu/nn/program/operation.h"
#include "cpu/nn/program/plan.h"
#include "cpu/runtime/scratch.h"

namespace kindred::nn {
namespace {

// What one run works in, kept for the next.
struct Workspace {
  GemmScratch memory;  // buffer 0: the temporaries
  GemmScratch products;
  std::unordered_map<int32_t, double> squares;
  std::vector<int64_t> symbols;
  Plan plan;
};

// Whether operands are as many and of the kinds that `pattern` says. What an operation gives is temporary but for
// buffers that it changes.
bool fits(const std::string& pattern, bool given, const std::vector<int32_t>& ids,
          const std::vector<TensorSpec>& tensors) {
  size_t at = 0;
  for (size_t p = 0; p < pattern.size(); ++p) {
    const bool integers = pattern[p] == 'i', changed = pattern[p] == 'b';
    const char mark = p + 1 < pattern.size() ? pattern[p + 1] : '\0';
    const auto is_kind = [&](int32_t id) {
      return id >= 0 && tensors[id].integers == integers &&
             (!given || tensors[id].place == (changed ? Place::buffer : Place::temporary));
    };
    if (mark == '*') return at < ids.size() && std::all_of(ids.begin() + static_cast<int64_t>(at), ids.end(), is_kind);
    if (at == ids.size()) return false;
    if (!is_kind(ids[at]) && !(mark == '?' && ids[at] == -1)) return false;
    if (mark == '?') ++p;
    ++at;
  }
  return at == ids.size();
}

void check_numbers(const OperationSpec& op, const std::string& kinds) {
  if (op.numbers.size() != kinds.size())
    fail_value(op.name + ": expected " + std::to_string(kinds.size()) + " numbers but received " +
               std::to_string(op.numbers.size()) + ".");
  for (size_t n = 0; n < kinds.size(); ++n)
    if (const std::string expected = illegal_number(kinds[n], op.numbers[n]); !expected.empty())
      fail_value(op.name + ": expected " + expected + " as number " + std::to_string(n) + " but received " +
                 std::to_string(op.numbers[n]) + ".");
}

// Operations that change buffers change different ones each, and read none that any of them changes.
void check_changes(const std::vector<OperationSpec>& changing, const std::vector<TensorSpec>& tensors) {
  const auto slots_of = [&](const std::vector<int32_t>& ids) {
    std::vector<int32_t> slots;
    for (const int32_t id : ids)
      if (id >= 0 && tensors[id].place == Place::buffer) slots.push_back(tensors[id].slot);
    std::sort(slots.begin(), slots.end());
    return slots;
  };
  std::vector<int32_t> changed;
  for (const OperationSpec& op : changing) {
    const auto own = slots_of(op.out);
    if (std::adjacent_find(own.begin(), own.end()) != own.end())
      fail_value(op.name + ": expected different buffers to change.");
    changed.insert(changed.end(), own.begin(), own.end());
  }
  std::sort(changed.begin(), changed.end());
  for (const OperationSpec& op : changing)
    for (const int32_t slot : slots_of(op.in))
      if (std::binary_search(changed.begin(), changed.end(), slot))
        fail_value(op.name + ": expected to read none of the buffers that are changed.");
}

bool is_finite(const Value& value) {
  const float* const numbers = value.floats();
  return std::all_of(numbers, numbers + value.size(), [](float number) { return std::isfinite(number); });
}

Value checked(const Slot& slot, const TensorSpec& tensor, Extent extent, const std::string& name) {
  if (slot.size != extent.size() || slot.integers != tensor.integers)
    fail_shape(name + ": expected " + std::to_string(extent.size()) + (tensor.integers ? " integers" : " numbers") +
               " but received " + std::to_string(slot.size) + (slot.integers ? " integers." : " numbers."));
  return {slot.data, extent.rows, extent.cols};
}

}  // namespace

struct Program::State {
  ProgramSpec spec;
  std::vector<const Operation*> operations;
  size_t first_write = 0;  // operations from here on write buffers, those before do not
  bool writes() const { return first_write < operations.size(); }
  mutable Scratch<Workspace> workspaces{[] { return std::make_unique<Workspace>(); }};
};

Program::~Program() = default;

Program::Program(ProgramSpec spec) : state_(std::make_unique<State>()) {
  const auto count = static_cast<int32_t>(spec.tensors.size());
  std::vector<bool> written(count);
  for (int32_t id = 0; id < count; ++id) {
    const TensorSpec& tensor = spec.tensors[id];
    written[id] = tensor.place != Place::temporary;
    if (tensor.place == Place::buffer && tensor.integers) fail_value("a buffer holds floats.");
    if (tensor.place != Place::temporary && tensor.slot < 0) fail_value("expected a slot of at least 0.");
    if (tensor.shape.size() > 2) fail_shape("a tensor has at most two dimensions.");
    for (const Dim& dim : tensor.shape)
      if (dim.symbol < -1 || dim.symbol >= spec.symbols) fail_value("there is no such symbol.");
  }
  const auto check_id = [&](int32_t id, int32_t least) {
    if (id < least || id >= count) fail_value("there is no tensor " + std::to_string(id) + ".");
    if (id >= 0 && !written[id]) fail_value("tensor " + std::to_string(id) + " is read before it is written.");
  };
  std::vector<OperationSpec> changing;
  for (OperationSpec& op : spec.operations) {
    const Operation* const found = find_operation(op.name);
    if (!found) fail_value("there is no operation '" + op.name + "'.");
    for (const int32_t id : op.in) check_id(id, -1);
    for (const int32_t id : op.out) {
      if (id < 0 || id >= count) fail_value(op.name + ": there is no tensor " + std::to_string(id) + ".");
      if (spec.tensors[id].place == Place::temporary && written[id])
        fail_value(op.name + ": tensor " + std::to_string(id) + " is written twice.");
      written[id] = true;
    }
    if (!fits(found->in, false, op.in, spec.tensors) || !fits(found->out, true, op.out, spec.tensors))
      fail_value(op.name + ": expected operands (" + found->in + ") -> (" + found->out + ").");
    check_numbers(op, found->numbers);
    (found->check ? changing : state_->spec.operations).push_back(std::move(op));
  }
  check_changes(changing, spec.tensors);
  state_->first_write = state_->spec.operations.size();
  std::move(changing.begin(), changing.end(), std::back_inserter(state_->spec.operations));
  for (const OperationSpec& op : state_->spec.operations) state_->operations.push_back(find_operation(op.name));
  for (const int32_t id : spec.outputs) check_id(id, 0);
  state_->spec.symbols = spec.symbols;
  state_->spec.tensors = std::move(spec.tensors);
  state_->spec.outputs = std::move(spec.outputs);
}

void Program::run(Buffers& buffers, const std::vector<int64_t>& symbols, const std::vector<Slot>& inputs,
                  const std::vector<Slot>& outputs, const AbortFlag* abort) const {
  execute(buffers, symbols, inputs, &outputs, abort);
}

int32_t Program::find_not_finite(Buffers& buffers, const std::vector<int64_t>& symbols, const std::vector<Slot>& inputs,
                                 const AbortFlag* abort) const {
  return execute(buffers, symbols, inputs, nullptr, abort);
}

// Without outputs it looks for numbers that are none instead, and changes nothing.
int32_t Program::execute(Buffers& buffers, const std::vector<int64_t>& symbols, const std::vector<Slot>& inputs,
                         const std::vector<Slot>* given, const AbortFlag* abort) const {
  const ProgramSpec& spec = state_->spec;
  const bool looks = given == nullptr;
  const std::vector<Slot>& outputs = looks ? std::vector<Slot>() : *given;
  if (static_cast<int32_t>(symbols.size()) != spec.symbols || (!looks && outputs.size() != spec.outputs.size()))
    fail_shape("expected " + std::to_string(spec.symbols) + " sizes and " + std::to_string(spec.outputs.size()) +
               " outputs.");
  auto workspace = state_->workspaces.take();
  if (workspace->symbols != symbols || workspace->plan.extents.empty()) {
    workspace->plan = plan(spec, symbols);
    workspace->symbols = symbols;
  }
  const Plan& plan = workspace->plan;
  float* const memory = workspace->memory.take(0, std::max<int64_t>(plan.words, 1));

  std::shared_lock reading(buffers.mutex_, std::defer_lock);
  std::unique_lock writing(buffers.mutex_, std::defer_lock);
  if (state_->writes() && !looks)
    writing.lock();
  else
    reading.lock();
  if (aborted(abort)) fail_aborted();
  workspace->squares.clear();

  std::deque<std::vector<int32_t>> integers;
  const auto find_value = [&](int32_t id) -> Value {
    const TensorSpec& tensor = spec.tensors[id];
    const Extent extent = plan.extents[id];
    if (tensor.place == Place::temporary) return {memory + plan.offsets[id], extent.rows, extent.cols};
    const std::string name = (tensor.place == Place::input ? "input " : "buffer ") + std::to_string(tensor.slot);
    if (tensor.place == Place::input) {
      if (tensor.slot >= static_cast<int64_t>(inputs.size())) fail_shape(name + " is missing.");
      const Value value = checked(inputs[tensor.slot], tensor, extent, name);
      if (!tensor.integers) return value;
      // Ids that are changed meanwhile would lead outside a table that they were checked against.
      std::vector<int32_t>& copy = integers.emplace_back(value.ints(), value.ints() + value.size());
      return {copy.data(), extent.rows, extent.cols};
    }
    if (tensor.slot >= static_cast<int64_t>(buffers.buffers_.size())) fail_shape(name + " is missing.");
    LargeVector<float>& buffer = buffers.buffers_[tensor.slot];
    return checked({buffer.data(), static_cast<int64_t>(buffer.size()), false}, tensor, extent, name);
  };
  // Each is looked at once: two looks at what changes meanwhile could differ.
  std::vector<std::optional<Value>> known(spec.tensors.size());
  const auto value_of = [&](int32_t id) -> Value {
    if (id < 0) return {};
    if (!known[id]) {
      known[id] = find_value(id);
      known[id]->id = id;
    }
    return *known[id];
  };
  const auto values_of = [&](const std::vector<int32_t>& ids) {
    std::vector<Value> values;
    for (const int32_t id : ids) values.push_back(value_of(id));
    return values;
  };
  // All that a run is given is looked at before anything is computed.
  std::vector<std::pair<std::vector<Value>, std::vector<Value>>> operands;
  for (const OperationSpec& op : spec.operations) operands.emplace_back(values_of(op.in), values_of(op.out));
  for (size_t n = 0; n < outputs.size(); ++n) {
    const int32_t id = spec.outputs[n];
    checked(outputs[n], spec.tensors[id], plan.extents[id], "output " + std::to_string(n));
  }

  const auto call = [&](size_t n, const AbortFlag* flag) -> Call {
    return {spec.operations[n].name.c_str(),
            operands[n].first,
            operands[n].second,
            spec.operations[n].numbers,
            workspace->products,
            workspace->squares,
            flag};
  };
  const auto first_not_finite = [&](const std::vector<int32_t>& ids) -> int32_t {
    for (const int32_t id : ids)
      if (id >= 0 && !spec.tensors[id].integers && !is_finite(value_of(id))) return id;
    return -1;
  };
  for (size_t n = 0; n < state_->first_write; ++n) {
    if (aborted(abort)) fail_aborted();
    if (looks)
      if (const int32_t id = first_not_finite(spec.operations[n].in); id >= 0) return id;
    state_->operations[n]->run(call(n, abort));
    if (looks)
      if (const int32_t id = first_not_finite(spec.operations[n].out); id >= 0) return id;
  }
  if (looks) return -1;
  for (size_t n = state_->first_write; n < spec.operations.size(); ++n) state_->operations[n]->check(call(n, abort));
  if (aborted(abort)) fail_aborted();
  for (size_t n = state_->first_write; n < spec.operations.size(); ++n) state_->operations[n]->run(call(n, nullptr));
  for (size_t n = 0; n < outputs.size(); ++n) {
    const Value value = value_of(spec.outputs[n]);
    if (value.size() > 0) std::memmove(outputs[n].data, value.data, value.size() * sizeof(float));
  }
  state_->workspaces.give_back(std::move(workspace));
  return -1;
}

}  // namespace kindred::nn
