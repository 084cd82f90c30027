//! The settings of a run as short phrases, as they stand below figures.

use super::{Method, numbers};
use crate::model::{num_inputs, num_outputs};
use crate::settings::Config;
use crate::sparse::Pattern;

/// Layer widths from inputs to outputs: `403–512–512–12`.
pub fn widths(config: &Config) -> String {
    let hidden = config.model.hidden.iter().copied();
    let all = std::iter::once(num_inputs(config)).chain(hidden).chain([num_outputs(config)]);
    all.map(|width| width.to_string()).collect::<Vec<_>>().join("–")
}

/// Method with block size and drop probability, outer level first: `HCGS b = 32/4, p = 75/50 %`.
pub fn method(config: &Config) -> String {
    with_levels(Method::of(config), &config.sparsity.block.to_vec(), &config.sparsity.drop.to_vec())
}

/// The same of the pattern of one layer.
pub fn pattern(pattern: &Pattern) -> String {
    let levels = &pattern.structure.levels;
    let (blocks, drops): (Vec<_>, Vec<_>) = levels.iter().map(|level| (level.block, level.drop)).unzip();
    with_levels(Method::of_pattern(pattern), &blocks, &drops)
}

fn with_levels(method: Method, blocks: &[usize], drops: &[f64]) -> String {
    if method == Method::Dense {
        return method.name().into();
    }
    let blocks: Vec<String> = blocks.iter().map(usize::to_string).collect();
    let drops: Vec<String> = drops.iter().map(|drop| trimmed(drop * 100.0, 3)).collect();
    let space = numbers::THIN_SPACE;
    format!("{} b = {}, p = {}{space}%", method.name(), blocks.join("/"), drops.join("/"))
}

/// Weight width: `5 bit` or `32-bit float`.
pub fn weight_bits(bits: u32) -> String {
    if bits == 32 { "32-bit float".into() } else { format!("{bits} bit") }
}

/// Name of the dataset: the last part of its folder, or that it is built in.
pub fn dataset(config: &Config) -> String {
    let dir = config.data.dir.trim_end_matches(['/', '\\']);
    match dir.rsplit(['/', '\\']).next() {
        None | Some("") if dir.is_empty() && !config.data.dir.is_empty() => config.data.dir.clone(),
        None | Some("") => "built-in demo data".into(),
        Some(name) => name.into(),
    }
}

/// One short phrase each: network, method, bits, training, data, seed.
pub fn settings_of(config: &Config) -> Vec<String> {
    let train = &config.train;
    let get = |key: &str| config.get(key).unwrap_or_default();
    let data = if config.data.dir.is_empty() { "built-in demo data".into() } else { config.data.dir.clone() };
    vec![
        widths(config),
        method(config),
        numbers::bit_widths(config.quant.weight_bits, config.quant.activation_bits),
        format!(
            "{} {} frames, {}",
            config.features.num_frames,
            get("features.kind"),
            get("features.placement")
        ),
        format!("{} epochs, batch {}", train.epochs, train.batch),
        format!("{} {}, {}", get("train.optimiser"), trimmed(train.learning_rate, 8), get("train.schedule")),
        format!("seed {}", config.seed),
        data,
    ]
}

/// A number with up to this many decimals, without trailing zeros.
pub fn trimmed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::OneOrMany;

    #[test]
    fn phrases_name_what_made_the_run() {
        let mut config = Config::default();
        assert_eq!(widths(&config), "403–512–512–12");
        assert_eq!(method(&config).replace(numbers::THIN_SPACE, " "), "CGS b = 64, p = 75 %");
        config.sparsity.block = OneOrMany::Many(vec![32, 4]);
        config.sparsity.drop = OneOrMany::Many(vec![0.75, 0.625]);
        assert_eq!(method(&config).replace(numbers::THIN_SPACE, " "), "HCGS b = 32/4, p = 75/62.5 %");
        assert!(settings_of(&config).contains(&"seed 1".to_string()));
        assert_eq!(trimmed(0.001, 8), "0.001");
    }
}
