#include <algorithm>
#include <cmath>
#include <limits>

#include "cpu/nn/program/operation.h"
#include "kindred/nn/layers/activation.h"
#include "kindred/nn/layers/elementwise.h"

namespace kindred::nn {

std::string illegal_number(char kind, double number) {
  const bool whole = number == std::floor(number) && number < 0x1p31;
  const auto unless = [](bool legal, const char* expected) { return legal ? std::string() : std::string(expected); };
  if (kind == 'h') return unless(whole && number >= 1, "an integer of at least 1");
  if (kind == 'n') return unless(whole && number >= 0, "an integer of at least 0");
  if (kind == 'b') return unless(number == 0 || number == 1, "0 or 1");
  if (kind == 's')
    return unless(whole && number >= 0 && number <= static_cast<double>(Stretch::numbers), "a way to stretch");
  if (kind == 'a')
    return unless(whole && number >= 0 && number <= static_cast<double>(Activation::silu), "a function that exists");
  // The float is what counts. One below the smallest normal number would be 0 to the kernels.
  constexpr double kGreatest = std::numeric_limits<float>::max(), kLeast = std::numeric_limits<float>::min();
  if (!(std::fabs(number) <= kGreatest)) return "a finite number in single precision";
  if (kind == '+') return unless(number >= kLeast, "a number above 0");
  if (kind == '0') return unless(number >= 0, "a number of at least 0");
  if (kind == 'r') return unless(number >= 0 && static_cast<float>(number) < 1, "a number in [0, 1)");
  return "";
}

const Operation* find_operation(const std::string& name) {
  for (const auto operations : {layer_operations(), norm_operations(), tensor_operations(), row_operations(),
                                sequence_operations(), loss_operations(), soft_loss_operations(),
                                sequence_model_operations(), optimizer_operations(), tuning_operations()})
    for (const Operation& operation : operations)
      if (name == operation.name) return &operation;
  return nullptr;
}

}  // namespace kindred::nn
