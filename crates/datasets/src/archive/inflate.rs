//! A gzip file's content, as long as it does not grow beyond measure.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

/// Bytes that any archive may inflate to.
const FREE: u64 = 1 << 30;

/// And beyond that so many for each of its own bytes. Photographs hardly shrink; deflate reaches a thousand on one value.
const RATIO: u64 = 200;

/// Counts the bytes read.
struct Counted {
    file: File,
    count: u64,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.count += read as u64;
        Ok(read)
    }
}

/// Inflates a file. What grows beyond measure is an error of the kind [`FileTooLarge`](io::ErrorKind::FileTooLarge): passing
/// over a member takes the time of inflating it, and nobody should wait for one of terabytes.
pub(super) struct Inflating {
    decoder: MultiGzDecoder<BufReader<Counted>>,
    inflated: u64,
    free: u64,
}

impl Inflating {
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::with_free(path, FREE)
    }

    pub(super) fn with_free(path: &Path, free: u64) -> io::Result<Self> {
        let file = File::open(path)?;
        Ok(Self {
            decoder: MultiGzDecoder::new(BufReader::new(Counted { file, count: 0 })),
            inflated: 0,
            free,
        })
    }
}

impl Read for Inflating {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.decoder.read(buffer)?;
        self.inflated += read as u64;
        let own = self.decoder.get_ref().get_ref().count;
        if self.inflated > self.free.saturating_add(own.saturating_mul(RATIO)) {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(read)
    }
}
