//! Which units carry signal and which inputs are read, within a layer and through a network.

use super::Pattern;

/// What a pattern does to the signal that passes through it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connectivity {
    /// Per output: whether it reads at least one input that carries signal.
    pub live_outputs: Vec<bool>,
    /// Outputs without any live input.
    pub dead_units: u32,
    /// Inputs that no kept block reads.
    pub unused_inputs: u32,
    /// Smallest number of inputs of one unit, dead inputs included.
    pub smallest_fan_in: u32,
    /// Largest number of inputs of one unit, dead inputs included.
    pub largest_fan_in: u32,
}

impl Pattern {
    /// Follows the signal through the layer. `live_inputs` is one flag per input (`None`: all carry signal);
    /// missing flags count as live. Pass the `live_outputs` of one layer on to the next.
    pub fn connectivity(&self, live_inputs: Option<&[bool]>) -> Connectivity {
        let block = self.structure.inner_block();
        let is_live = |input: usize| live_inputs.is_none_or(|live| *live.get(input).unwrap_or(&true));
        let live_cols: Vec<bool> = (0..self.structure.block_cols())
            .map(|col| (col * block..col * block + self.cols_of(col)).any(is_live))
            .collect();
        let mut is_read = vec![false; live_cols.len()];
        let mut live_outputs = Vec::with_capacity(self.structure.out_features);
        for row in 0..self.structure.block_rows() {
            let kept = self.kept_in_row(row);
            kept.iter().for_each(|&col| is_read[col as usize] = true);
            let has_signal = kept.iter().any(|&col| live_cols[col as usize]);
            live_outputs.extend(std::iter::repeat_n(has_signal, self.rows_of(row)));
        }
        let unused: usize =
            is_read.iter().enumerate().filter(|(_, read)| !**read).map(|(col, _)| self.cols_of(col)).sum();
        let (smallest, largest) = self
            .fan_in_by_block_row()
            .fold((u32::MAX, 0), |(low, high), fan_in| (low.min(fan_in), high.max(fan_in)));
        Connectivity {
            dead_units: live_outputs.iter().filter(|live| !**live).count() as u32,
            live_outputs,
            unused_inputs: unused as u32,
            smallest_fan_in: smallest,
            largest_fan_in: largest,
        }
    }
}
