//! Records in files: [`table`] writes and reads tables in CSV, JSON Lines, Parquet and NumPy archives; [`pickle`] reads
//! published feature files and executes nothing.

pub mod pickle;
pub mod table;
