#include "cpu/isa/declare.h"

namespace kindred {

// Initialised with constants only: no code of this instruction set runs before it is chosen.
constinit const Kernels KINDRED_PASTE(kernels_, KINDRED_ISA) = {
    KINDRED_NAMESPACE::dot,
    KINDRED_NAMESPACE::axpy,
    KINDRED_NAMESPACE::scale,
    KINDRED_NAMESPACE::maximum,
    KINDRED_NAMESPACE::dot_f64,
    KINDRED_NAMESPACE::axpy_f64,
    KINDRED_NAMESPACE::sum_rows_i8,
    KINDRED_NAMESPACE::kQueryBlock,
    KINDRED_NAMESPACE::score_dot,
    KINDRED_NAMESPACE::score_distance,
    KINDRED_NAMESPACE::beyond,
    KINDRED_NAMESPACE::score_bf16,
    KINDRED_NAMESPACE::score_i8,
    KINDRED_NAMESPACE::dot_of_rows,
    KINDRED_NAMESPACE::distance_of_rows,
    KINDRED_NAMESPACE::transposed_product,
    KINDRED_NAMESPACE::als_cg_row,
    KINDRED_NAMESPACE::count_patterns,
    KINDRED_NAMESPACE::similar_patterns,
    KINDRED_NAMESPACE::add_products,
    KINDRED_NAMESPACE::similar_products,
};

}  // namespace kindred
