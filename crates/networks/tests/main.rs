//! The networks against PyTorch, and files of weights.

mod formula;
mod kinds;
mod parity;
mod pretrained;
mod training;
