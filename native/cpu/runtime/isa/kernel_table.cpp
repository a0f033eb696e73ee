#include "cpu/runtime/isa/kernel_declarations.h"

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
    KINDRED_NAMESPACE::transpose,
    KINDRED_NAMESPACE::gemm_tile,
    {KINDRED_NAMESPACE::kGemmRows, KINDRED_NAMESPACE::kGemmVectors* KINDRED_NAMESPACE::kFloats},
    KINDRED_NAMESPACE::count_patterns,
    KINDRED_NAMESPACE::similar_patterns,
    KINDRED_NAMESPACE::add_products,
    KINDRED_NAMESPACE::similar_products,
    {KINDRED_NAMESPACE::als_compact, KINDRED_NAMESPACE::als_gather_compact, KINDRED_NAMESPACE::als_compact_pass,
     KINDRED_NAMESPACE::als_confidence, KINDRED_NAMESPACE::als_gather, KINDRED_NAMESPACE::als_panel_products,
     KINDRED_NAMESPACE::als_panel_combine, KINDRED_NAMESPACE::als_rows_times, KINDRED_NAMESPACE::als_panel_gram,
     KINDRED_NAMESPACE::als_row_products, KINDRED_NAMESPACE::als_solve},
    {KINDRED_NAMESPACE::sgd_bpr, KINDRED_NAMESPACE::sgd_rating},
};

}  // namespace kindred
