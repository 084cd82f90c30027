//! `model.onnx`: the network as a graph of floating-point operators, for onnxruntime and whatever else reads ONNX.
//!
//! | name | shape | content |
//! |---|---|---|
//! | input `features` | (N, inputs) f32 | what the front end gives, **not** normalised: the graph does that itself |
//! | output `logits` | (N, outputs) f32 | scores before the softmax |
//! | output `scores` | (N, outputs) f32 | probabilities |
//!
//! `(features - mean) * inv_std`, then per layer `Gemm` with a dense weight matrix (zeros where nothing is kept; the values of
//! the weight codes elsewhere) and `Relu` behind all but the last, then `Softmax`. Operator set 13. Activations are floats:
//! an integer model differs from this by the rounding of its activations. `metadata_props`: `labels` (JSON list), `features`
//! (TOML, the settings `features.*`), `sparsity` (JSON list, one object per layer), `format` (`coarsegrain-onnx`).

mod protobuf;

use super::values::{AboutLayer, dense_values, json};
use super::{ExportError, Files, Format, OutFile};
use crate::model::{ModelError, StoredModel};
use protobuf::Message;

/// Name of the file.
pub const FILE_NAME: &str = "model.onnx";

/// Longest message that readers of protocol buffers take.
const MAX_LEN: usize = i32::MAX as usize;

/// Version of the file format that brought operator set 13.
const IR_VERSION: u64 = 7;
const OPERATOR_SET: u64 = 13;
/// `TensorProto.DataType.FLOAT`.
const FLOAT: u64 = 1;
/// `AttributeProto.AttributeType.INT`.
const INT: u64 = 2;

/// Field numbers of onnx.proto.
mod field {
    pub const MODEL_IR_VERSION: u32 = 1;
    pub const MODEL_PRODUCER: u32 = 2;
    pub const MODEL_PRODUCER_VERSION: u32 = 3;
    pub const MODEL_GRAPH: u32 = 7;
    pub const MODEL_OPERATOR_SETS: u32 = 8;
    pub const MODEL_METADATA: u32 = 14;
    pub const OPERATOR_SET_DOMAIN: u32 = 1;
    pub const OPERATOR_SET_VERSION: u32 = 2;
    pub const ENTRY_KEY: u32 = 1;
    pub const ENTRY_VALUE: u32 = 2;
    pub const GRAPH_NODE: u32 = 1;
    pub const GRAPH_NAME: u32 = 2;
    pub const GRAPH_INITIALIZER: u32 = 5;
    pub const GRAPH_INPUT: u32 = 11;
    pub const GRAPH_OUTPUT: u32 = 12;
    pub const NODE_INPUT: u32 = 1;
    pub const NODE_OUTPUT: u32 = 2;
    pub const NODE_NAME: u32 = 3;
    pub const NODE_OPERATOR: u32 = 4;
    pub const NODE_ATTRIBUTE: u32 = 5;
    pub const ATTRIBUTE_NAME: u32 = 1;
    pub const ATTRIBUTE_INT: u32 = 3;
    pub const ATTRIBUTE_TYPE: u32 = 20;
    pub const TENSOR_DIMS: u32 = 1;
    pub const TENSOR_TYPE: u32 = 2;
    pub const TENSOR_NAME: u32 = 8;
    pub const TENSOR_RAW_DATA: u32 = 9;
    pub const VALUE_NAME: u32 = 1;
    pub const VALUE_TYPE: u32 = 2;
    pub const TYPE_TENSOR: u32 = 1;
    pub const TENSOR_TYPE_ELEMENT: u32 = 1;
    pub const TENSOR_TYPE_SHAPE: u32 = 2;
    pub const SHAPE_DIM: u32 = 1;
    pub const DIM_VALUE: u32 = 1;
    pub const DIM_PARAM: u32 = 2;
}

/// The graph of a model.
///
/// # Errors
/// The model's parts do not fit each other, or its dense weights are too large for one file.
pub fn files(model: &StoredModel) -> Result<Files, ExportError> {
    let dense_bytes = model.plan.dense_weights().saturating_mul(4);
    let too_large = || ExportError::Unsuitable {
        format: Format::Onnx,
        reason: format!(
            "the dense weights take {dense_bytes} bytes, and an ONNX file holds at most {MAX_LEN}; export blocks or bsr"
        ),
    };
    if dense_bytes > MAX_LEN as u64 {
        return Err(too_large());
    }
    let content = model_message(model)?.into_bytes();
    if content.len() > MAX_LEN {
        return Err(too_large());
    }
    let notes = vec![
        format!(
            "input `features` (N, {}) takes what the front end gives, un-normalised; outputs `logits` and `scores` (N, {})",
            model.plan.num_inputs(),
            model.plan.num_outputs()
        ),
        "weights are the values of their codes, dense with zeros; activations are floats".into(),
    ];
    Ok(Files { files: vec![OutFile { name: FILE_NAME.into(), content }], notes, ..Files::default() })
}

fn model_message(model: &StoredModel) -> Result<Message, ModelError> {
    let features =
        toml::to_string(&model.config.features).map_err(|error| ModelError::Input(error.to_string()))?;
    let sparsity: Vec<AboutLayer<'_>> = model.plan.layers.iter().map(AboutLayer::of).collect();
    let operators =
        Message::new().text(field::OPERATOR_SET_DOMAIN, "").number(field::OPERATOR_SET_VERSION, OPERATOR_SET);
    let mut message = Message::new()
        .number(field::MODEL_IR_VERSION, IR_VERSION)
        .text(field::MODEL_PRODUCER, "Coarsegrain Workbench")
        .text(field::MODEL_PRODUCER_VERSION, env!("CARGO_PKG_VERSION"))
        .message(field::MODEL_GRAPH, graph(model)?)
        .message(field::MODEL_OPERATOR_SETS, operators);
    let entries = [
        ("format", "coarsegrain-onnx".to_owned()),
        ("labels", json(&model.labels)?),
        ("features", features),
        ("sparsity", json(&sparsity)?),
    ];
    for (key, value) in entries {
        let entry = Message::new().text(field::ENTRY_KEY, key).text(field::ENTRY_VALUE, &value);
        message = message.message(field::MODEL_METADATA, entry);
    }
    Ok(message)
}

fn graph(model: &StoredModel) -> Result<Message, ModelError> {
    let (num_inputs, num_outputs) = (model.plan.num_inputs(), model.plan.num_outputs());
    let (mean, inv_std) = (&model.normaliser.mean, &model.normaliser.inv_std);
    let mut graph = Message::new()
        .text(field::GRAPH_NAME, "keyword network")
        .message(field::GRAPH_INITIALIZER, tensor("normaliser.mean", &[num_inputs], mean))
        .message(field::GRAPH_INITIALIZER, tensor("normaliser.inv_std", &[num_inputs], inv_std))
        .message(field::GRAPH_NODE, node("Sub", &["features", "normaliser.mean"], "centred"))
        .message(field::GRAPH_NODE, node("Mul", &["centred", "normaliser.inv_std"], "normalised"));
    let mut read = "normalised".to_owned();
    let last = model.plan.layers.len().saturating_sub(1);
    for (index, (layer, weights)) in model.plan.layers.iter().zip(&model.weights).enumerate() {
        let (weight, bias) = (format!("layers.{index}.weight"), format!("layers.{index}.bias"));
        let shape = [layer.pattern.structure.out_features, layer.pattern.structure.in_features];
        let sums = if index == last { "logits".to_owned() } else { format!("layers.{index}.sums") };
        let transposed = Message::new()
            .text(field::ATTRIBUTE_NAME, "transB")
            .number(field::ATTRIBUTE_INT, 1)
            .number(field::ATTRIBUTE_TYPE, INT);
        let product =
            node("Gemm", &[&read, &weight, &bias], &sums).message(field::NODE_ATTRIBUTE, transposed);
        graph = graph
            .message(field::GRAPH_INITIALIZER, tensor(&weight, &shape, &dense_values(layer, weights)?))
            .message(field::GRAPH_INITIALIZER, tensor(&bias, &[shape[0]], &weights.bias))
            .message(field::GRAPH_NODE, product);
        if index < last {
            read = format!("layers.{index}.activations");
            graph = graph.message(field::GRAPH_NODE, node("Relu", &[&sums], &read));
        }
    }
    Ok(graph
        .message(field::GRAPH_NODE, node("Softmax", &["logits"], "scores"))
        .message(field::GRAPH_INPUT, value("features", num_inputs))
        .message(field::GRAPH_OUTPUT, value("logits", num_outputs))
        .message(field::GRAPH_OUTPUT, value("scores", num_outputs)))
}

/// A node named after what it gives.
fn node(operator: &str, inputs: &[&str], output: &str) -> Message {
    let message = inputs.iter().fold(Message::new(), |node, input| node.text(field::NODE_INPUT, input));
    message
        .text(field::NODE_OUTPUT, output)
        .text(field::NODE_NAME, output)
        .text(field::NODE_OPERATOR, operator)
}

fn tensor(name: &str, shape: &[usize], values: &[f32]) -> Message {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let message =
        shape.iter().fold(Message::new(), |tensor, &dim| tensor.number(field::TENSOR_DIMS, dim as u64));
    message
        .number(field::TENSOR_TYPE, FLOAT)
        .text(field::TENSOR_NAME, name)
        .bytes(field::TENSOR_RAW_DATA, &bytes)
}

/// An input or output of the graph: any number of rows of `cols` floats.
fn value(name: &str, cols: usize) -> Message {
    let shape = Message::new()
        .message(field::SHAPE_DIM, Message::new().text(field::DIM_PARAM, "N"))
        .message(field::SHAPE_DIM, Message::new().number(field::DIM_VALUE, cols as u64));
    let tensor =
        Message::new().number(field::TENSOR_TYPE_ELEMENT, FLOAT).message(field::TENSOR_TYPE_SHAPE, shape);
    Message::new()
        .text(field::VALUE_NAME, name)
        .message(field::VALUE_TYPE, Message::new().message(field::TYPE_TENSOR, tensor))
}
