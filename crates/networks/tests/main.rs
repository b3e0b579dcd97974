//! The networks against PyTorch, and files of weights.

mod formula;
mod parity;
mod pretrained;
mod training;
