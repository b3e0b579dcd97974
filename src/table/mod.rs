//! Tables in and out: CSV, JSON Lines, Parquet and NumPy archives.
