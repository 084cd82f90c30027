//! Networks: from a configuration to layers of kept blocks, their training step and their predictions.
//!
//! [`NetworkPlan`] is a network before it has weights: patterns, widths, warnings. [`Network`] holds the weights as
//! candle variables, packed. [`GradientStep`] computes the loss and all gradients of a batch without a graph;
//! [`Network::forward`] builds a graph of the same ops for whatever else is to be differentiated. [`Predictor`] is
//! inference. [`StoredModel`] is `model.safetensors`.

pub mod builtin;
mod error;
mod file;
mod loss;
mod network;
mod plan;
mod predictor;
mod presets;
mod step;
pub(crate) mod tensors;
#[cfg(test)]
mod tests;
mod view;

pub use error::ModelError;
pub use file::{LayerWeights, StoredModel};
pub use loss::{exp, softmax};
pub(crate) use network::tiles_at_once;
pub use network::{Mode, Network};
pub use plan::{LayerPlan, NetworkPlan, num_inputs, num_outputs};
pub use predictor::Predictor;
pub use presets::{PRESETS, Preset};
pub(crate) use step::with_f32_mut;
pub use step::{GradientStep, StepLoss, StepOptions};
pub use view::network_view;
pub(crate) use view::warnings;
