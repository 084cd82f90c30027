/* @title@: the network in integers. Written by Coarsegrain Workbench @version@.
 *
 * Every layer: sum = bias + SUM level * code, over the weights of the kept blocks only. A layer before the last
 * gives codes: clamp((sum + 2^(shift-1)) >> shift, 0, 2^code_bits - 1), without the addend where shift is 0. The
 * last layer gives its sums.
 *
 * Every array of numbers is packed: each number takes exactly its bits, the lowest bit first, from the lowest bit
 * of each byte on, without gaps.
 */
#include "coarsegrain_model.h"

#include <stddef.h>

/* One layer. Weights lie block by block: block rows from top to bottom, the kept blocks of a block row from left
 * to right, and row by row inside a block; blocks at the right and lower edge are cut to the layer. */
typedef struct {
    const uint8_t *weights;  /* weight levels, `weight_bits` each */
    const uint8_t *columns;  /* block column of each kept block, `column_bits` each; null: every column is kept */
    const uint8_t *counts;   /* kept blocks of each block row, `count_bits` each; null: `blocks_per_row` in all */
    const uint8_t *biases;   /* one per output, two's complement, `bias_bits` each */
    uint32_t num_inputs;
    uint32_t num_outputs;
    uint32_t block;          /* side of a block */
    uint32_t blocks_per_row;
    uint8_t weight_bits;
    uint8_t skips_zero;      /* 1: there is no level 0, and positive levels are stored one lower */
    uint8_t column_bits;
    uint8_t count_bits;
    uint8_t bias_bits;
    uint8_t shift;           /* from a sum to an output code; the last layer has none */
    uint8_t code_bits;       /* of an output code */
} cg_layer;

@tables@
static const cg_layer cg_layers[CG_NUM_LAYERS] = {
@layers@};

const char *const cg_labels[CG_NUM_OUTPUTS] = {
@labels@};

/* Takes packed numbers one after the other. */
typedef struct {
    const uint8_t *next;
    uint32_t buffer;
    unsigned count;
} cg_reader;

static cg_reader read_from(const uint8_t *packed)
{
    cg_reader reader;
    reader.next = packed;
    reader.buffer = 0;
    reader.count = 0;
    return reader;
}

/* The next number of `width` bits, at most 25. */
static uint32_t next_word(cg_reader *reader, unsigned width)
{
    uint32_t word;
    while (reader->count < width) {
        reader->buffer |= (uint32_t)*reader->next << reader->count;
        reader->next++;
        reader->count += 8u;
    }
    word = reader->buffer & (((uint32_t)1 << width) - 1u);
    reader->buffer >>= width;
    reader->count -= width;
    return word;
}

static cg_sum next_bias(cg_reader *biases, unsigned width)
{
    uint64_t word = 0;
    int64_t half = (int64_t)1 << (width - 1u);
    unsigned done;
    for (done = 0; done < width; done += 16u) {
        unsigned part = width - done < 16u ? width - done : 16u;
        word |= (uint64_t)next_word(biases, part) << done;
    }
    /* Flipping the sign bit and taking its weight off again extends the sign. */
    return (cg_sum)((int64_t)(word ^ (uint64_t)half) - half);
}

static int32_t next_level(cg_reader *weights, const cg_layer *layer)
{
    int32_t half = (int32_t)1 << (layer->weight_bits - 1);
    int32_t word = (int32_t)next_word(weights, layer->weight_bits);
    int32_t level = word < half ? word : word - 2 * half;
    return layer->skips_zero && level >= 0 ? level + 1 : level;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Adds what one block of `rows` by `cols` weights gives for its inputs to its sums. */
static void add_block(const cg_layer *layer, cg_reader *weights, const cg_code *inputs, uint32_t cols,
                      cg_sum *sums, uint32_t rows)
{
    uint32_t row, col;
    for (row = 0; row < rows; row++) {
        cg_sum sum = sums[row];
        for (col = 0; col < cols; col++) {
            sum += (cg_sum)next_level(weights, layer) * inputs[col];
        }
        sums[row] = sum;
    }
}

static void layer_sums(const cg_layer *layer, const cg_code *inputs, cg_sum *sums)
{
    cg_reader weights = read_from(layer->weights);
    cg_reader columns = read_from(layer->columns);
    cg_reader counts = read_from(layer->counts);
    cg_reader biases = read_from(layer->biases);
    uint32_t output, row, index;
    for (output = 0; output < layer->num_outputs; output++) {
        sums[output] = next_bias(&biases, layer->bias_bits);
    }
    for (row = 0; row < layer->num_outputs; row += layer->block) {
        uint32_t rows = least(layer->block, layer->num_outputs - row);
        uint32_t kept =
            layer->counts != NULL ? next_word(&counts, layer->count_bits) : layer->blocks_per_row;
        for (index = 0; index < kept; index++) {
            uint32_t column = layer->columns != NULL ? next_word(&columns, layer->column_bits) : index;
            uint32_t col = column * layer->block;
            uint32_t cols = least(layer->block, layer->num_inputs - col);
            add_block(layer, &weights, inputs + col, cols, sums + row, rows);
        }
    }
}

/* Negative sums end here, so no negative number is ever shifted. */
static cg_code code_of_sum(const cg_layer *layer, cg_sum sum)
{
    cg_sum largest = ((cg_sum)1 << layer->code_bits) - 1;
    if (layer->shift > 0) {
        sum += (cg_sum)1 << (layer->shift - 1);
    }
    if (sum < 0) {
        return 0;
    }
    sum >>= layer->shift;
    return (cg_code)(sum < largest ? sum : largest);
}

void cg_sums_from_codes(const cg_code codes[CG_NUM_INPUTS], cg_memory *memory, cg_sum sums[CG_NUM_OUTPUTS])
{
    const cg_code *inputs = codes;
    const cg_layer *layer = cg_layers;
    const cg_layer *last = cg_layers + CG_NUM_LAYERS - 1;
    uint32_t unit;
    for (; layer != last; layer++) {
        layer_sums(layer, inputs, memory->sums);
        for (unit = 0; unit < layer->num_outputs; unit++) {
            memory->codes[unit] = code_of_sum(layer, memory->sums[unit]);
        }
        inputs = memory->codes;
    }
    layer_sums(last, inputs, sums);
}

void cg_codes_from_input(const float input[CG_NUM_INPUTS], cg_code codes[CG_NUM_INPUTS])
{
    const int32_t largest = ((int32_t)1 << (CG_INPUT_BITS - 1)) - 1;
    const int32_t smallest = -largest - 1;
    uint32_t index;
    for (index = 0; index < CG_NUM_INPUTS; index++) {
        double value = (double)input[index] / CG_INPUT_STEP + 0.5;
        int32_t code;
        if (value >= (double)largest) {
            code = largest;
        } else if (value >= (double)smallest) {
            code = (int32_t)value;
            /* A conversion cuts towards zero; below zero the floor is one less. */
            if ((double)code > value) {
                code--;
            }
        } else {
            /* Too small, or not a number, which is not below zero either. */
            code = input[index] < 0.0f ? smallest : 0;
        }
        codes[index] = (cg_code)code;
    }
}

uint32_t cg_best(const cg_sum sums[CG_NUM_OUTPUTS])
{
    uint32_t best = 0;
    uint32_t output;
    for (output = 1; output < CG_NUM_OUTPUTS; output++) {
        if (sums[output] > sums[best]) {
            best = output;
        }
    }
    return best;
}

uint32_t cg_predict(const float input[CG_NUM_INPUTS], cg_code codes[CG_NUM_INPUTS], cg_memory *memory,
                    cg_sum sums[CG_NUM_OUTPUTS])
{
    cg_codes_from_input(input, codes);
    cg_sums_from_codes(codes, memory, sums);
    return cg_best(sums);
}
