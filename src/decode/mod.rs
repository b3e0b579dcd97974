//! Image bytes to the 8-bit luma plane the method reads.
