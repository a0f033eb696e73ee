#include "cpu/runtime/isa/kernel_declarations.h"

namespace kindred {
namespace {
namespace isa = KINDRED_NAMESPACE;
}

// Initialised with constants only: no code of this instruction set runs before it is chosen.
constinit const Kernels KINDRED_PASTE(kernels_, KINDRED_ISA) = {
    .dot = isa::dot,
    .axpy = isa::axpy,
    .scale = isa::scale,
    .maximum = isa::maximum,
    .dot_f64 = isa::dot_f64,
    .axpy_f64 = isa::axpy_f64,
    .axpy_widened = isa::axpy_widened,
    .sum_rows_i8 = isa::sum_rows_i8,
    .query_block = isa::kQueryBlock,
    .score_dot = isa::score_dot,
    .score_distance = isa::score_distance,
    .beyond = isa::beyond,
    .score_bf16 = isa::score_bf16,
    .score_i8 = isa::score_i8,
    .dot_of_rows = isa::dot_of_rows,
    .distance_of_rows = isa::distance_of_rows,
    .transposed_product = isa::transposed_product,
    .transpose = isa::transpose,
    .gemm_tile = isa::gemm_tile,
    .gemm_tile_shape = {isa::kGemmRows, isa::kGemmCols},
    .count_patterns = isa::count_patterns,
    .similar_patterns = isa::similar_patterns,
    .add_products = isa::add_products,
    .similar_products = isa::similar_products,
    .als =
        {
            .compact = isa::als_compact,
            .gather_compact = isa::als_gather_compact,
            .compact_pass = isa::als_compact_pass,
            .confidence = isa::als_confidence,
            .gather = isa::als_gather,
            .panel_products = isa::als_panel_products,
            .panel_combine = isa::als_panel_combine,
            .rows_times = isa::als_rows_times,
            .panel_gram = isa::als_panel_gram,
            .row_products = isa::als_row_products,
            .solve = isa::als_solve,
        },
    .sgd = {.bpr = isa::sgd_bpr,
            .rating = isa::sgd_rating,
            .bpr_user_ascent = isa::bpr_user_ascent,
            .bpr_item_ascent = isa::bpr_item_ascent,
            .step = isa::sgd_step,
            .drift = isa::sgd_drift},
    .nn = {.activate = isa::nn_activate,
           .activation_gradient = isa::nn_activation_gradient,
           .layer_norm = isa::nn_layer_norm,
           .layer_norm_gradient = isa::nn_layer_norm_gradient,
           .softmax = isa::nn_softmax,
           .update = isa::nn_update,
           .blend = isa::nn_blend,
           .attend = isa::nn_attend,
           .attend_gradient = isa::nn_attend_gradient,
           .attention_scratch = isa::nn_attention_scratch},
};

}  // namespace kindred
