//! What can be wrong with patterns and packed weights.

/// What can be wrong with patterns and packed weights.
#[derive(Debug, thiserror::Error)]
pub enum SparseError {
    /// A layer's levels or sizes cannot be met.
    #[error("{0}")]
    Structure(String),
    /// A list of kept blocks does not describe a pattern.
    #[error("the pattern is damaged: {0}")]
    Pattern(String),
    /// A buffer has the wrong length.
    #[error("expected {expected} {what}, found {found}")]
    Length {
        /// What is counted.
        what: &'static str,
        /// The length wanted.
        expected: usize,
        /// The length given.
        found: usize,
    },
}
