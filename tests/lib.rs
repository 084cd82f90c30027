//! Tests that drive the built programs.
