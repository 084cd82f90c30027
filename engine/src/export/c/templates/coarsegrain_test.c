/* @title@: checks the network@and_front_end@ against what the workbench recorded. Written by Coarsegrain Workbench
 * @version@. Exit status 0 where everything agrees, else 1.
 */
#include "coarsegrain_vectors.h"

#include <stdio.h>
#include <string.h>

static cg_memory memory;

/* Every output of every recorded vector, bit for bit, and the label that it means. */
static unsigned long check_vectors(void)
{
    cg_sum sums[CG_NUM_OUTPUTS];
    unsigned long differing = 0;
    size_t vector, output;
    for (vector = 0; vector < CG_TEST_VECTORS; vector++) {
        cg_sums_from_codes(cg_test_codes[vector], &memory, sums);
        for (output = 0; output < CG_NUM_OUTPUTS; output++) {
            differing += sums[output] != cg_test_sums[vector][output];
        }
        if (cg_best(sums) != cg_test_best[vector]) {
            printf("vector %lu: another label is best\n", (unsigned long)vector);
            differing++;
        }
    }
    printf("%lu vectors, %lu differing outputs\n", (unsigned long)CG_TEST_VECTORS, differing);
    return differing;
}

/* Codes of normalised values, among them halves, values beyond the range, infinities and not-a-number. */
static unsigned long check_codes(void)
{
    float input[CG_NUM_INPUTS];
    cg_code codes[CG_NUM_INPUTS];
    unsigned long differing = 0;
    size_t value, index;
    for (value = 0; value < CG_TEST_VALUES; value += CG_NUM_INPUTS) {
        for (index = 0; index < CG_NUM_INPUTS; index++) {
            memcpy(&input[index], &cg_test_value_bits[(value + index) % CG_TEST_VALUES], sizeof(float));
        }
        cg_codes_from_input(input, codes);
        for (index = 0; index < CG_NUM_INPUTS; index++) {
            differing += codes[index] != cg_test_value_codes[(value + index) % CG_TEST_VALUES];
        }
    }
    printf("%d normalised values, %lu differing codes\n", CG_TEST_VALUES, differing);
    return differing;
}

#ifdef CG_TEST_SOUNDS
static cg_front_end front_end;

/* Largest difference of an input from the recorded one; a value that is not a number counts as very large. */
static double largest_difference(const float *input, const float *recorded)
{
    double largest = 0.0;
    size_t index;
    for (index = 0; index < CG_NUM_INPUTS; index++) {
        double difference = (double)input[index] - (double)recorded[index];
        if (difference < 0.0) {
            difference = -difference;
        }
        if (!(difference <= 1e30)) {
            difference = 1e30;
        }
        if (difference > largest) {
            largest = difference;
        }
    }
    return largest;
}

/* Network inputs of recorded sounds, as 16-bit and as float samples. */
static unsigned long check_sounds(void)
{
    static float floats[CG_SECOND_SAMPLES];
    float input[CG_NUM_INPUTS];
    double largest = 0.0;
    size_t sound, index;
    int way;
    for (sound = 0; sound < CG_TEST_SOUNDS; sound++) {
        for (index = 0; index < CG_SECOND_SAMPLES; index++) {
            floats[index] = (float)cg_test_sounds[sound][index] / 32768.0f;
        }
        for (way = 0; way < 2; way++) {
            double difference;
            if (way == 0) {
                cg_input_from_pcm(cg_test_sounds[sound], &front_end, input);
            } else {
                cg_input_from_float(floats, &front_end, input);
            }
            difference = largest_difference(input, cg_test_inputs[sound]);
            if (difference > largest) {
                largest = difference;
            }
        }
    }
    printf("%d sounds, largest difference %.2e, %.2e allowed\n", CG_TEST_SOUNDS, largest, CG_TEST_TOLERANCE);
    return largest > CG_TEST_TOLERANCE;
}
#endif

int main(void)
{
    unsigned long differing = check_vectors();
    differing += check_codes();
#ifdef CG_TEST_SOUNDS
    differing += check_sounds();
#endif
    return differing > 0 ? 1 : 0;
}
