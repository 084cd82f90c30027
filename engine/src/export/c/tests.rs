//! What the files say; that they compute the same is held in `engine/tests/c_export.rs`, with a compiler.

use super::*;
use crate::fixed::testing::{config, model_of};
use crate::model::{num_inputs, num_outputs};

fn model(settings: &[(&str, &str)]) -> StoredModel {
    let config = config(settings);
    model_of(&config, num_inputs(&config), num_outputs(&config))
}

fn options(front_end: bool, num_vectors: usize) -> ExportOptions {
    ExportOptions { front_end, num_vectors, ..ExportOptions::default() }
}

fn text(files: &Files, name: &str) -> String {
    let file = files.files.iter().find(|file| file.name == name).unwrap();
    String::from_utf8(file.content.clone()).unwrap()
}

fn number(text: &str, name: &str) -> u64 {
    let line = text.lines().find(|line| line.starts_with(&format!("#define {name} "))).unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn templates_are_filled_completely() {
    let model = model(&[("model.hidden", "[32, 16]"), ("sparsity.block", "16")]);
    for front_end in [true, false] {
        let made = files(&model, &options(front_end, 2)).unwrap();
        let names: Vec<&str> = made.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names.contains(&"coarsegrain_front_end.c"), front_end, "{names:?}");
        for file in &made.files {
            let text = std::str::from_utf8(&file.content).unwrap();
            let left =
                text.split('@').skip(1).find(|part| part.chars().all(|c| c == '_' || c.is_ascii_lowercase()));
            // Make's own variables are all that begins with this sign.
            assert!(left.is_none() && !text.contains("@@"), "{}: {left:?}", file.name);
        }
    }
}

#[test]
fn constants_take_the_bytes_of_the_bill() {
    for settings in [
        vec![],
        vec![("sparsity.drop", "0")],
        vec![("quant.weight_bits", "3"), ("quant.quantiser", "published"), ("sparsity.block", "10")],
        vec![("sparsity.selection", "independent"), ("sparsity.block", "16"), ("sparsity.drop", "0.5")],
    ] {
        let model = model(&settings);
        let made = files(&model, &options(false, 1)).unwrap();
        let header = text(&made, "coarsegrain_model.h");
        let bill = Bill::of(&model.plan).total;
        let layers = model.plan.layers.len() as u64;
        for (name, bits, arrays) in [
            ("CG_WEIGHT_BYTES", bill.weights, layers),
            ("CG_INDEX_BYTES", bill.index, 2 * layers),
            ("CG_BIAS_BYTES", bill.biases, layers),
        ] {
            let bytes = number(&header, name);
            // Each array ends at a whole byte.
            assert!(
                (bits.div_ceil(8)..bits.div_ceil(8) + arrays).contains(&bytes),
                "{settings:?} {name}: {bytes}"
            );
        }
        assert!(
            made.notes[0].contains(&format!("the bill is {} B", bill.total.div_ceil(8))),
            "{:?}",
            made.notes
        );
        let all = ["CG_WEIGHT_BYTES", "CG_INDEX_BYTES", "CG_BIAS_BYTES"].map(|name| number(&header, name));
        assert_eq!(made.network_bytes, Some(all.iter().sum()));
    }
}

#[test]
fn types_are_as_wide_as_codes_and_sums() {
    let header = |settings: &[(&str, &str)]| {
        text(&files(&model(settings), &options(false, 1)).unwrap(), "coarsegrain_model.h")
    };
    let narrow = header(&[]);
    assert!(narrow.contains("typedef int16_t cg_code;") && narrow.contains("typedef int32_t cg_sum;"));
    let wide = header(&[("quant.weight_bits", "16"), ("quant.activation_bits", "16")]);
    assert!(wide.contains("typedef int32_t cg_code;") && wide.contains("typedef int64_t cg_sum;"));
}

#[test]
fn what_does_not_fit_is_refused() {
    let floats = model(&[("quant.activation_bits", "32")]);
    assert!(matches!(files(&floats, &options(false, 1)), Err(ExportError::NotInteger { format: Format::C })));
    let others = model(&[("model.inputs", "64"), ("model.hidden", "[16]")]);
    let error = files(&others, &options(true, 1)).unwrap_err().to_string();
    assert!(error.contains("64") && error.contains("403") && error.contains("--no-front-end"), "{error}");
    assert!(files(&others, &options(false, 1)).is_ok());
}

#[test]
fn no_vectors_means_one() {
    let made = files(&model(&[("model.hidden", "[8]")]), &options(false, 0)).unwrap();
    assert_eq!(number(&text(&made, "coarsegrain_vectors.h"), "CG_TEST_VECTORS"), 1);
}
