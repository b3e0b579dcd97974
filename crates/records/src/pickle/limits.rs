//! How much a pickle may hold.

/// Largest file read, in bytes: 1 GiB. The largest of the paper, 40,000 × 722 doubles, has 231 MB, and a file is
/// held in memory whole.
pub const MAX_FILE_BYTES: u64 = 1 << 30;

/// Most opcodes run. An array in a dictionary takes some thirty.
pub const MAX_OPCODES: usize = 1 << 20;

/// Most values of one array: 1 GiB of doubles. Values of one byte would otherwise take eight times their file.
pub const MAX_VALUES: usize = 1 << 27;
