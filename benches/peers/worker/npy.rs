//! NumPy's files.

use std::error::Error;
use std::fs::File;
use std::io::BufReader;

use npyz::{Deserialize, NpyFile};

/// Shape and values of a `.npy` file in C order.
pub fn read<T: Deserialize>(path: &str) -> Result<(Vec<u64>, Vec<T>), Box<dyn Error>> {
    let file = NpyFile::new(BufReader::new(File::open(path)?))?;
    Ok((file.shape().to_vec(), file.into_vec()?))
}
