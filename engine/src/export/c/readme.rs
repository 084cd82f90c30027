//! `README.md` of an export, and what a person is told when it is written.

use super::Parts;
use crate::export::template::fill;

const USAGE: &str = "\
#include \"coarsegrain_model.h\"

static cg_memory memory;                 /* working memory, yours to place */
float input[CG_NUM_INPUTS];              /* normalised features */
cg_code codes[CG_NUM_INPUTS];
cg_sum sums[CG_NUM_OUTPUTS];
uint32_t best = cg_predict(input, codes, &memory, sums);
puts(cg_labels[best]);";

const USAGE_WITH_FRONT_END: &str = "\
#include \"coarsegrain_front_end.h\"      /* includes coarsegrain_model.h */

static int16_t samples[CG_SECOND_SAMPLES]; /* the last second, 16 kHz mono */
static cg_front_end front_end;           /* working memory, yours to place */
static cg_memory memory;
float input[CG_NUM_INPUTS];
cg_code codes[CG_NUM_INPUTS];
cg_sum sums[CG_NUM_OUTPUTS];
uint32_t best;
cg_input_from_pcm(samples, &front_end, input);
best = cg_predict(input, codes, &memory, sums);
puts(cg_labels[best]);";

impl Parts {
    /// `README.md`.
    pub(super) fn readme(&self) -> String {
        let mut values = self.values.clone();
        let (sentence, libraries, check, usage) = match &self.front_end {
            Some(front_end) => (
                format!("with the front end: {}.", front_end.about),
                " (`stdint.h`, `stddef.h`, `string.h`; no `math.h`)",
                " The front end is checked on four made-up sounds: its values may differ by 1e-3 at most; without fused multiply-adds (`-ffp-contract=off`, as the Makefile has it) they are the workbench's bit for bit.",
                USAGE_WITH_FRONT_END,
            ),
            None => (
                "without the front end: what goes in is the normalised input, or its codes.".into(),
                " (`stdint.h`, `stddef.h`)",
                "",
                USAGE,
            ),
        };
        values.extend([
            ("front_end_sentence", sentence),
            ("libraries", libraries.into()),
            ("front_end_check", check.into()),
            ("usage", usage.into()),
            ("num_vectors", self.num_vectors.to_string()),
            ("sizes", self.sizes()),
            ("accumulator_bits", self.types.accumulator_bits.to_string()),
            ("index_sentence", self.index_sentence()),
        ]);
        fill(include_str!("templates/README.md"), &values)
    }

    /// What is told when the files are written.
    pub(super) fn notes(&self) -> Vec<String> {
        let bytes = self.text.bytes;
        let mut notes = vec![
            format!(
                "constants of the network: {} B (weights {} B, block index {} B, biases {} B); the bill is {} B",
                bytes.total(),
                bytes.weights,
                bytes.index,
                bytes.biases,
                self.bill.total.div_ceil(8)
            ),
            format!("working memory of the network: {} B", self.types.memory_bytes()),
        ];
        if let Some(front_end) = &self.front_end {
            notes.push(format!(
                "front end: {} B of constants, {} B of working memory",
                front_end.table_bytes, front_end.memory_bytes
            ));
        }
        notes.push(format!(
            "check: `make test` in the folder compares {} recorded vectors bit for bit; `make size` shows what your compiler makes of it",
            self.num_vectors
        ));
        notes
    }

    fn sizes(&self) -> String {
        let (bytes, bill) = (self.text.bytes, self.bill);
        let mut rows = vec![
            "| what | constants (ROM) | memory bill | working memory (RAM) |".to_string(),
            "|---|---|---|---|".into(),
            format!("| weights | {} B | {} B | |", bytes.weights, bill.weights.div_ceil(8)),
            format!("| block index | {} B | {} B | |", bytes.index, bill.index.div_ceil(8)),
            format!("| biases | {} B | {} B | |", bytes.biases, bill.biases.div_ceil(8)),
            format!(
                "| network | {} B | {} B | {} B (`cg_memory`) |",
                bytes.total(),
                bill.total.div_ceil(8),
                self.types.memory_bytes()
            ),
        ];
        if let Some(front_end) = &self.front_end {
            rows.push(format!(
                "| front end | {} B | not counted | {} B (`cg_front_end`) |",
                front_end.table_bytes, front_end.memory_bytes
            ));
        }
        rows.push(String::new());
        rows.push(
            "Code, a few dozen bytes per layer that say where its arrays are, and the caller's own arrays (samples, input, codes, sums) come on top; `make size` shows them all."
                .into(),
        );
        rows.join("\n")
    }

    fn index_sentence(&self) -> String {
        let layers = self.network.layers();
        let has_levels = layers.iter().any(|layer| layer.pattern().structure.levels.len() > 1);
        match has_levels {
            true => "Of several levels, the innermost blocks are listed row by row: simple to walk, and longer than the bill's index, which counts level by level.".into(),
            false => "Each array starts at a whole byte; the bill counts bits.".into(),
        }
    }
}
