/* @title@: from one second of sound to the normalised input of the network. Written by Coarsegrain Workbench
 * @version@.
 *
 * Sums run over several lanes that are added up in a fixed order, and the brackets of the Fourier transform are
 * those of the workbench: both decide the last bits, which is what one sees in a quiet band beside a loud one.
 */
#include "coarsegrain_front_end.h"

#include <stddef.h>
#include <string.h>

#define PREEMPHASIS @preemphasis@
#define ENERGY_FLOOR @energy_floor@
/* Smallest number whose logarithm is taken. */
#define LOG_FLOOR @log_floor@
/* Values of the sub-transforms that the first step by four joins. */
#define FIRST_STEP @first_step@
#define LANES 8

@tables@
/* The sum of the lanes, in a fixed order; overwrites them. */
static float lane_sum(float lanes[LANES])
{
    size_t half, i;
    for (half = LANES / 2; half > 0; half /= 2) {
        for (i = 0; i < half; i++) {
            lanes[i] += lanes[i + half];
        }
    }
    return lanes[0];
}

/* Natural logarithm of the larger of `value` and LOG_FLOOR, within 3 units in the last place.
 *
 * value = 2^e m with m in [sqrt(1/2), sqrt(2)), and ln m = 2 atanh(s) with s = (m - 1) / (m + 1). */
static float floored_ln(float value)
{
    const uint32_t sqrt_half_bits = 0x3f3504f3u;
    /* ln 2 in two parts: e times the first is exact. */
    const float ln_2_high = 0.6933594f;
    const float ln_2_low = -0.00021219444f;
    float floored = value > LOG_FLOOR ? value : LOG_FLOOR;
    float m, e, s, z, series, ln_m;
    uint32_t bits, exponent;
    memcpy(&bits, &floored, sizeof bits);
    /* 64 more than the exponent, so that it is never negative. */
    exponent = (bits - sqrt_half_bits + ((uint32_t)64 << 23)) >> 23;
    bits -= (exponent - 64u) << 23;
    memcpy(&m, &bits, sizeof m);
    e = (float)((int32_t)exponent - 64);
    s = (m - 1.0f) / (m + 1.0f);
    z = s * s;
    series = z * (1.0f / 3.0f + z * (0.2f + z * (1.0f / 7.0f + z * (1.0f / 9.0f))));
    ln_m = 2.0f * s + (2.0f * s * series + e * ln_2_low);
    return e * ln_2_high + ln_m;
}

/* Takes the mean off the frame where the front end does so; returns the frame's energy, the sum of its squares.
 * Even and odd samples are added up apart, eight lanes each. */
static float centre(float frame[CG_FRAME_LENGTH])
{
    float sums[2][LANES];
    size_t i;
#if CG_REMOVE_DC
    float mean;
    memset(sums, 0, sizeof sums);
    for (i = 0; i < CG_FRAME_LENGTH; i++) {
        sums[i % 2][i / 2 % LANES] += frame[i];
    }
    mean = lane_sum(sums[0]);
    mean = (mean + lane_sum(sums[1])) / (float)CG_FRAME_LENGTH;
    for (i = 0; i < CG_FRAME_LENGTH; i++) {
        frame[i] -= mean;
    }
#endif
    memset(sums, 0, sizeof sums);
    for (i = 0; i < CG_FRAME_LENGTH; i++) {
        sums[i % 2][i / 2 % LANES] += frame[i] * frame[i];
    }
    sums[0][0] = lane_sum(sums[0]);
    return sums[0][0] + lane_sum(sums[1]);
}

/* Pre-emphasis and window: even samples become real parts, odd ones imaginary parts, with zeros behind them. */
static void emphasise(const float frame[CG_FRAME_LENGTH], cg_spectrum *spectrum)
{
    float before = frame[0];
    size_t i;
    memset(spectrum, 0, sizeof *spectrum);
    for (i = 0; i < CG_FRAME_LENGTH; i++) {
        float value = (frame[i] - PREEMPHASIS * before) * cg_window[i];
        before = frame[i];
        if (i % 2 == 0) {
            spectrum->re[i / 2] = value;
        } else {
            spectrum->im[i / 2] = value;
        }
    }
}

#if CG_USE_ENERGY && !CG_RAW_ENERGY
static float spectrum_energy(const cg_spectrum *spectrum)
{
    float sum = 0.0f;
    size_t i;
    for (i = 0; i <= CG_FFT_HALF; i++) {
        sum += spectrum->re[i] * spectrum->re[i] + spectrum->im[i] * spectrum->im[i];
    }
    return sum;
}
#endif

#if FIRST_STEP == 2
/* A step by two: the half of the values is no power of four. */
static void join_pairs(float part[CG_FFT_HALF])
{
    size_t i;
    for (i = 0; i < CG_FFT_HALF / 2; i++) {
        float a = part[i], b = part[i + CG_FFT_HALF / 2];
        part[i] = a + b;
        part[i + CG_FFT_HALF / 2] = a - b;
    }
}
#endif

/* Joins the four values of `from` that lie `group` apart from `source` on, turned by the twiddles `w`, into the
 * four values of `to` that lie `stride` apart from `target` on. */
static void join_four(const cg_spectrum *from, size_t source, size_t group, const float w[6], cg_spectrum *to,
                      size_t target, size_t stride)
{
    const float *re = from->re + source;
    const float *im = from->im + source;
    float *to_re = to->re + target;
    float *to_im = to->im + target;
    float x0_re = re[0], x0_im = im[0];
    float x1_re = w[0] * re[group] - w[1] * im[group];
    float x1_im = w[1] * re[group] + w[0] * im[group];
    float plus2 = w[2] * re[2 * group], minus2 = w[3] * im[2 * group];
    float x2_im = w[3] * re[2 * group] + w[2] * im[2 * group];
    float plus3 = w[4] * re[3 * group], minus3 = w[5] * im[3 * group];
    float x3_im = w[5] * re[3 * group] + w[4] * im[3 * group];
    float even_re = (x0_re + plus2) - minus2, even_im = x0_im + x2_im;
    float rest_re = (x0_re + minus2) - plus2, rest_im = x0_im - x2_im;
    float odd_re = (x1_re - minus3) + plus3, odd_im = x3_im + x1_im;
    float odd_rest_re = (x1_re - plus3) + minus3;
    to_re[0] = even_re + odd_re;
    to_im[0] = even_im + odd_im;
    to_re[stride] = (rest_re + x1_im) - x3_im;
    to_im[stride] = rest_im - odd_rest_re;
    to_re[2 * stride] = even_re - odd_re;
    to_im[2 * stride] = even_im - odd_im;
    to_re[3 * stride] = (rest_re + x3_im) - x1_im;
    to_im[3 * stride] = rest_im + odd_rest_re;
}

/* Fourier transform of the values in spectra[0]; returns which of the two holds it. Sub-transforms lie side by
 * side: value k of the one over every group-th value from t on lies at k * group + t. */
static int transform(cg_spectrum spectra[2])
{
    const float *twiddles = cg_twiddles;
    int now = 0;
    size_t num, k, t;
#if FIRST_STEP == 2
    join_pairs(spectra[0].re);
    join_pairs(spectra[0].im);
#endif
    for (num = FIRST_STEP; num < CG_FFT_HALF; num *= 4) {
        size_t group = CG_FFT_HALF / 4 / num;
        for (k = 0; k < num; k++) {
            for (t = 0; t < group; t++) {
                join_four(&spectra[now], 4 * k * group + t, group, twiddles, &spectra[1 - now], k * group + t,
                          num * group);
            }
            twiddles += 6;
        }
        now = 1 - now;
    }
    return now;
}

/* Powers of the lines 0 to CG_FFT_HALF of the real signal whose even and odd samples were transformed together. */
static void powers(cg_spectrum *values, float power[CG_FFT_HALF + 1])
{
    float *re = values->re, *im = values->im;
    size_t middle = CG_FFT_HALF / 2;
    size_t k;
    re[CG_FFT_HALF] = re[0];
    im[CG_FFT_HALF] = im[0];
    for (k = 0; k < middle; k++) {
        size_t mirrored = CG_FFT_HALF - k;
        float turn_re = cg_turns[2 * k], turn_im = cg_turns[2 * k + 1];
        float even_re = re[mirrored] + re[k];
        float rest_re = re[k] - re[mirrored], rest_im = im[k] + im[mirrored];
        float plus = rest_re * turn_re, minus = rest_im * turn_im;
        float turned_im = turn_re * rest_im + rest_re * turn_im;
        float low_re = ((even_re + plus) - minus) * 0.5f;
        float low_im = ((im[k] - im[mirrored]) + turned_im) * 0.5f;
        float high_re = ((even_re + minus) - plus) * 0.5f;
        float high_im = ((im[mirrored] - im[k]) + turned_im) * 0.5f;
        power[k] = low_re * low_re + low_im * low_im;
        power[mirrored] = high_re * high_re + high_im * high_im;
    }
    power[middle] = re[middle] * re[middle] + im[middle] * im[middle];
}

/* Log energies under the mel filters. */
static void log_mel_energies(const float power[CG_FFT_HALF + 1], float log_mel[CG_NUM_MEL])
{
    const float *weight = cg_mel_weights;
    size_t filter, i;
    for (filter = 0; filter < CG_NUM_MEL; filter++) {
        const float *line = power + cg_mel_first_line[filter];
        float lanes[LANES] = {0.0f};
        for (i = 0; i < cg_mel_lines[filter]; i++) {
            lanes[i % LANES] += line[i] * *weight++;
        }
        log_mel[filter] = floored_ln(lane_sum(lanes));
    }
}

/* Values of the frame in `memory`, whose samples are on the scale of 16-bit numbers. */
static void frame_coefs(cg_front_end *memory, float coefs[CG_NUM_COEFS])
{
    cg_spectrum *spectra = memory->spectra;
    float *power;
    int now;
    size_t i;
#if CG_USE_ENERGY
    float energy = centre(memory->frame);
#else
    (void)centre(memory->frame);
#endif
    emphasise(memory->frame, &spectra[0]);
#if CG_USE_ENERGY && !CG_RAW_ENERGY
    energy = spectrum_energy(&spectra[0]);
#endif
    now = transform(spectra);
    /* The other of the two is free now. */
    power = spectra[1 - now].re;
    powers(&spectra[now], power);
    log_mel_energies(power, memory->log_mel);
#if CG_IS_MFCC
    for (i = 0; i < CG_NUM_COEFS; i++) {
        float sum = 0.0f;
        size_t filter;
        for (filter = 0; filter < CG_NUM_MEL; filter++) {
            sum += memory->log_mel[filter] * cg_cosine[filter * CG_NUM_COEFS + i];
        }
        coefs[i] = sum;
    }
#else
    for (i = 0; i < CG_NUM_MEL; i++) {
        coefs[CG_USE_ENERGY + i] = memory->log_mel[i];
    }
#endif
#if CG_USE_ENERGY
    coefs[0] = floored_ln(energy > ENERGY_FLOOR ? energy : ENERGY_FLOOR);
#endif
}

#if CG_IS_LOUDEST
/* Where the stretch of CG_NUM_FRAMES frames with the most energy starts; of equal ones the first. */
static size_t loudest_start(const float energies[CG_SECOND_FRAMES])
{
    double sum = 0.0, most;
    size_t best = 0, start, i;
    for (i = 0; i < CG_NUM_FRAMES; i++) {
        sum += (double)energies[i];
    }
    most = sum;
    for (start = 1; start + CG_NUM_FRAMES <= CG_SECOND_FRAMES; start++) {
        sum += (double)energies[start + CG_NUM_FRAMES - 1] - (double)energies[start - 1];
        if (sum > most) {
            most = sum;
            best = start;
        }
    }
    return best;
}
#endif

/* Mean normalisation and the normalisation that was learnt in training. */
static void normalise(float input[CG_NUM_INPUTS])
{
    size_t i;
#if CG_MEAN_NORM
    size_t coef;
    for (coef = 0; coef < CG_NUM_COEFS; coef++) {
        float mean = 0.0f;
        for (i = coef; i < CG_NUM_INPUTS; i += CG_NUM_COEFS) {
            mean += input[i];
        }
        mean /= (float)CG_NUM_FRAMES;
        for (i = coef; i < CG_NUM_INPUTS; i += CG_NUM_COEFS) {
            input[i] -= mean;
        }
    }
#endif
    for (i = 0; i < CG_NUM_INPUTS; i++) {
        input[i] = (input[i] - cg_mean[i]) * cg_inv_std[i];
    }
}

/* A second of sound: one of the two is null. */
typedef struct {
    const int16_t *pcm;
    const float *floats;
} cg_sound;

/* Copies frame `index` of the second, on the scale of 16-bit numbers. */
static void load_frame(const cg_sound *sound, size_t index, float frame[CG_FRAME_LENGTH])
{
    size_t first = index * CG_FRAME_SHIFT;
    size_t i;
    for (i = 0; i < CG_FRAME_LENGTH; i++) {
        frame[i] = sound->pcm != NULL ? (float)sound->pcm[first + i] : sound->floats[first + i] * 32768.0f;
    }
}

static void input_from_sound(const cg_sound *sound, cg_front_end *memory, float input[CG_NUM_INPUTS])
{
    size_t i;
#if CG_IS_LOUDEST
    size_t start;
    for (i = 0; i < CG_SECOND_FRAMES; i++) {
        load_frame(sound, i, memory->frame);
        memory->energies[i] = centre(memory->frame);
    }
    start = loudest_start(memory->energies);
#endif
    for (i = 0; i < CG_NUM_FRAMES; i++) {
#if CG_IS_LOUDEST
        size_t frame = start + i;
#else
        size_t frame = cg_frames[i];
#endif
        load_frame(sound, frame, memory->frame);
        frame_coefs(memory, input + i * CG_NUM_COEFS);
    }
    normalise(input);
}

void cg_input_from_pcm(const int16_t samples[CG_SECOND_SAMPLES], cg_front_end *memory,
                       float input[CG_NUM_INPUTS])
{
    cg_sound sound = {NULL, NULL};
    sound.pcm = samples;
    input_from_sound(&sound, memory, input);
}

void cg_input_from_float(const float samples[CG_SECOND_SAMPLES], cg_front_end *memory,
                         float input[CG_NUM_INPUTS])
{
    cg_sound sound = {NULL, NULL};
    sound.floats = samples;
    input_from_sound(&sound, memory, input);
}
