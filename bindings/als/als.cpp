#include "kindred/als/als.h"

#include "als/als_arguments.h"
#include "kindred/sparse/csr.h"
#include "napi/arguments.h"
#include "napi/promise.h"

namespace kindred::bindings {

AlsOptions AlsOptionsOf(const Napi::Value& value) {
  const Napi::Object object = ObjectIn(value, "options");
  AlsOptions options;
  options.regularization = Number(object.Get("regularization"), "regularization");
  options.regularization_exponent = Number(object.Get("regularizationExponent"), "regularizationExponent");
  options.unobserved_weight = Number(object.Get("unobservedWeight"), "unobservedWeight");
  options.alpha = static_cast<float>(Number(object.Get("alpha"), "alpha"));
  options.solver = OneOf<AlsSolver>(
      object.Get("solver"), "solver",
      {{"cg", AlsSolver::conjugate_gradient}, {"cholesky", AlsSolver::cholesky}, {"block", AlsSolver::block}});
  options.cg_steps = static_cast<int>(Count(object.Get("cgSteps"), "cgSteps"));
  options.block_size = static_cast<int>(Count(object.Get("blockSize"), "blockSize"));
  return options;
}

namespace {

// alsHalfSweep(Cui: Csr, Y: Matrix, gramOfY: Float64Array, X: Matrix, prior: Matrix | null, options: AlsKernelOptions,
//   abort?): Promise<void>; X is written in place
KINDRED_EXPORT(alsHalfSweep) {
  const CsrView Cui = WeightedCsrOf(info[0], "Cui");
  const Matrix Y = MatrixOf(info[1], "Y"), X = MatrixOf(info[3], "X");
  const auto gram = Doubles(info[2], "gramOfY");
  const bool has_prior = !info[4].IsNull();
  const Matrix prior = has_prior ? MatrixOf(info[4], "prior") : Matrix();
  const AlsOptions options = AlsOptionsOf(info[5]);
  return Async(info, 6, [=](const AbortFlag* abort) {
    check_csr(Cui, "Cui", abort);
    const ConstMatrix mean = prior;
    als_half_sweep(Cui, Y, std::vector<double>(gram.data, gram.data + gram.size), X, options, abort,
                   has_prior ? &mean : nullptr);
  });
}

// alsLoss(Cui: Csr, X: Matrix, Y: Matrix, options: AlsKernelOptions, abort?): Promise<number>
KINDRED_EXPORT(alsLoss) {
  const CsrView Cui = WeightedCsrOf(info[0], "Cui");
  const Matrix X = MatrixOf(info[1], "X"), Y = MatrixOf(info[2], "Y");
  const AlsOptions options = AlsOptionsOf(info[3]);
  return Async(info, 4, [=](const AbortFlag* abort) {
    check_csr(Cui, "Cui", abort);
    return als_loss(Cui, X, Y, options, abort);
  });
}

// alsContributions(Cui: Csr, Y: Matrix, gramOfY: Float64Array, item: number, options: AlsKernelOptions, abort?):
//   Promise<Float64Array>
KINDRED_EXPORT(alsContributions) {
  const CsrView Cui = WeightedCsrOf(info[0], "Cui");
  const Matrix Y = MatrixOf(info[1], "Y");
  const auto gram = Doubles(info[2], "gramOfY");
  const int64_t item = Count(info[3], "item");
  const AlsOptions options = AlsOptionsOf(info[4]);
  return Async(info, 5, [=](const AbortFlag* abort) {
    check_csr(Cui, "Cui", abort);
    return als_contributions(Cui, Y, std::vector<double>(gram.data, gram.data + gram.size), item, options, abort);
  });
}

}  // namespace

}  // namespace kindred::bindings
