/* @title@: the network in integers, from input codes to the sums of the output layer.
 *
 * Written by Coarsegrain Workbench @version@. C99; no allocation, no library calls, no floating point but in
 * cg_codes_from_input. Everything that the network computes depends on these files alone, bit for bit.
 *
 * Layers: @shape@.
 */
#ifndef COARSEGRAIN_MODEL_H
#define COARSEGRAIN_MODEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CG_NUM_LAYERS @num_layers@
#define CG_NUM_INPUTS @num_inputs@
#define CG_NUM_OUTPUTS @num_outputs@

/* Units of the widest layer before the output layer. */
#define CG_MAX_UNITS @max_units@

/* An input code is a two's complement number of CG_INPUT_BITS bits and stands for CG_INPUT_STEP times itself. */
#define CG_INPUT_BITS @input_bits@
#define CG_INPUT_STEP @input_step@

/* A logit (what goes into a softmax) is a sum of the output layer times this. */
#define CG_OUTPUT_STEP @output_step@

/* Bytes of the constant arrays: weights, block index, biases. */
#define CG_WEIGHT_BYTES @weight_bytes@
#define CG_INDEX_BYTES @index_bytes@
#define CG_BIAS_BYTES @bias_bytes@

/* Holds every input code and every code that a layer gives. */
typedef @code_type@ cg_code;

/* Holds every sum: the widest accumulator has @accumulator_bits@ bits. */
typedef @sum_type@ cg_sum;

/* Working memory. One is enough for any number of inferences, one after the other; its content means nothing
 * between them. */
typedef struct {
    cg_sum sums[CG_MAX_UNITS];
    cg_code codes[CG_MAX_UNITS];
} cg_memory;

/* What each output stands for. */
extern const char *const cg_labels[CG_NUM_OUTPUTS];

/* Codes of a normalised input: floor(value / CG_INPUT_STEP + 1/2), saturated; not a number becomes 0. */
void cg_codes_from_input(const float input[CG_NUM_INPUTS], cg_code codes[CG_NUM_INPUTS]);

/* Sums of the output layer for input codes. Codes must be within their CG_INPUT_BITS bits: no sum can overflow
 * then. `codes` is only read; it must not lie in `memory`. */
void cg_sums_from_codes(const cg_code codes[CG_NUM_INPUTS], cg_memory *memory, cg_sum sums[CG_NUM_OUTPUTS]);

/* Index of the largest sum, the first of equals: the label that is recognised. */
uint32_t cg_best(const cg_sum sums[CG_NUM_OUTPUTS]);

/* All of it: index of the best label for a normalised input. `codes` and `sums` are written. */
uint32_t cg_predict(const float input[CG_NUM_INPUTS], cg_code codes[CG_NUM_INPUTS], cg_memory *memory,
                    cg_sum sums[CG_NUM_OUTPUTS]);

#ifdef __cplusplus
}
#endif

#endif
