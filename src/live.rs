//! The running machine: what a manager does with a unit. The only layer that starts programs.

pub mod prove;
