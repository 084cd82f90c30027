/* @title@: from one second of sound to the normalised input of the network.
 *
 * Written by Coarsegrain Workbench @version@. C99 in single precision (double only to find the loudest stretch); no
 * allocation, no library call but memcpy, no <math.h>: the logarithm is in the file. With IEEE numbers and without
 * fused multiply-adds (-ffp-contract=off) the values are the workbench's bit for bit; otherwise they differ by its
 * rounding.
 *
 * Features: @features@.
 */
#ifndef COARSEGRAIN_FRONT_END_H
#define COARSEGRAIN_FRONT_END_H

#include "coarsegrain_model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* 16 kHz, mono. */
#define CG_SECOND_SAMPLES 16000

#define CG_FRAME_LENGTH @frame_length@
#define CG_FRAME_SHIFT @frame_shift@
/* Points of the Fourier transform, halved: it takes even samples as real and odd ones as imaginary parts. */
#define CG_FFT_HALF @fft_half@
#define CG_NUM_MEL @num_mel@
/* Values of one frame, frames of one input, frames of one second. */
#define CG_NUM_COEFS @num_coefs@
#define CG_NUM_FRAMES @num_frames@
#define CG_SECOND_FRAMES @second_frames@

/* 1: features are a cosine transform of the log energies under the mel filters (MFCC); 0: those energies. */
#define CG_IS_MFCC @is_mfcc@
/* 1: the first value of a frame is its log energy, taken before (raw) or after pre-emphasis and window. */
#define CG_USE_ENERGY @use_energy@
#define CG_RAW_ENERGY @raw_energy@
/* 1: each frame loses its mean. */
#define CG_REMOVE_DC @remove_dc@
/* 1: the input is the loudest stretch of the second; 0: always the same frames. */
#define CG_IS_LOUDEST @is_loudest@
/* 1: each coefficient loses its mean over the frames of the input. */
#define CG_MEAN_NORM @mean_norm@

/* Bytes of the constant arrays. */
#define CG_FRONT_END_BYTES @front_end_bytes@

typedef struct {
    float re[CG_FFT_HALF + 1];
    float im[CG_FFT_HALF + 1];
} cg_spectrum;

/* Working memory, as cg_memory. */
typedef struct {
    float frame[CG_FRAME_LENGTH];
    cg_spectrum spectra[2];
    float log_mel[CG_NUM_MEL];
#if CG_IS_LOUDEST
    float energies[CG_SECOND_FRAMES];
#endif
} cg_front_end;

/* The normalised input of a second of 16-bit samples. A shorter recording is laid into the middle of zeros; of a
 * longer one, the second with the most energy is what the workbench takes. */
void cg_input_from_pcm(const int16_t samples[CG_SECOND_SAMPLES], cg_front_end *memory,
                       float input[CG_NUM_INPUTS]);

/* The same from samples between -1 and 1, all finite: 16-bit samples divided by 32768 give the same input. */
void cg_input_from_float(const float samples[CG_SECOND_SAMPLES], cg_front_end *memory,
                         float input[CG_NUM_INPUTS]);

#ifdef __cplusplus
}
#endif

#endif
