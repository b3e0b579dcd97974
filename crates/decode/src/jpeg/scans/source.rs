//! The bytes of a scan, and the markers among them.

use crate::DecodeError;
use crate::jpeg::error::corrupt;
use crate::jpeg::stream::{END_OF_IMAGE, START_OF_SCAN, Scan};

/// Bytes that libjpeg's reader of files takes at once, from multiples of as many on.
const CHUNK: usize = 4096;

/// A place among the compressed data of a scan. It stops at each marker until that is taken.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    data: &'a [u8],
    at: usize,
    /// The marker that has been come to.
    marker: Option<u8>,
    /// The marker behind the data.
    ending: u8,
    /// Bytes passed over of which nothing has been told yet.
    passed: usize,
    /// Whether bytes were passed over, and libjpeg tells so.
    surplus: bool,
    /// Where the data begin in the file, and where the file ends.
    start: usize,
    length: usize,
}

impl<'a> Source<'a> {
    /// At the first byte of a scan in a file of `length` bytes; `passed` bytes of the scan before are still to be told of.
    pub(super) fn new(scan: &Scan<'a>, length: usize, passed: usize) -> Self {
        Self {
            data: scan.data,
            at: 0,
            marker: None,
            ending: scan.ending,
            passed,
            surplus: false,
            start: scan.start,
            length,
        }
    }

    /// The next byte of data, with FF 00 for FF; fill bytes before the zero are passed over as libjpeg does it. `None` at
    /// a marker.
    pub(super) fn byte(&mut self) -> Option<u8> {
        if self.marker.is_some() {
            return None;
        }
        match self.data.get(self.at) {
            Some(0xFF) => self.code(),
            Some(byte) => {
                self.at += 1;
                Some(*byte)
            }
            None => {
                self.marker = Some(self.ending);
                None
            }
        }
    }

    /// The next byte of data, unless it is an FF that comes without a zero right behind it.
    pub(super) fn plain_byte(&mut self) -> Option<u8> {
        let byte = *self.data.get(self.at)?;
        self.at += 1;
        if byte == 0xFF {
            self.data.get(self.at).filter(|next| **next == 0)?;
            self.at += 1;
        }
        Some(byte)
    }

    /// Behind an FF and those that follow it: the byte FF, or a marker.
    fn code(&mut self) -> Option<u8> {
        loop {
            match self.data.get(self.at) {
                Some(0xFF) => self.at += 1,
                Some(0) => {
                    self.at += 1;
                    return Some(0xFF);
                }
                other => {
                    self.marker = Some(*other.unwrap_or(&self.ending));
                    self.at += 1;
                    return None;
                }
            }
        }
    }

    /// Whether a marker has been come to.
    pub(super) fn is_at_marker(&self) -> bool {
        self.marker.is_some()
    }

    /// Bytes that libjpeg's reader of files has at hand.
    pub(super) fn at_hand(&self) -> usize {
        let at = self.start + self.at;
        at.next_multiple_of(CHUNK).min(self.length).saturating_sub(at)
    }

    /// Counts bytes that were taken but not used.
    pub(super) fn pass(&mut self, bytes: usize) {
        self.passed += bytes;
    }

    /// The marker that has been come to, or the next.
    fn seek(&mut self) -> u8 {
        if let Some(marker) = self.marker {
            return marker;
        }
        loop {
            match self.data.get(self.at) {
                // At the FF of the marker behind the data.
                None => {
                    self.marker = Some(self.ending);
                }
                Some(0xFF) => {
                    if self.code().is_some() {
                        self.passed += 2;
                    }
                }
                Some(_) => {
                    self.passed += 1;
                    self.at += 1;
                }
            }
            if let Some(marker) = self.marker {
                self.tell();
                return marker;
            }
        }
    }

    fn tell(&mut self) {
        self.surplus |= self.passed > 0;
        self.passed = 0;
    }

    /// Goes on behind the restart marker that is due, the `number`th of the scan.
    pub(super) fn restart(&mut self, number: usize) -> Result<(), DecodeError> {
        let due = 0xD0 + (number % 8) as u8;
        match self.seek() {
            found if found == due => {
                self.marker = None;
                Ok(())
            }
            found @ 0xD0..=0xD7 => Err(corrupt(format_args!(
                "restart marker {} where {} is due",
                found & 7,
                due & 7
            ))),
            _ => Err(corrupt(format_args!(
                "no restart marker {} where it is due",
                due & 7
            ))),
        }
    }

    /// Passes over what is left. Whether there was something to tell of, and the bytes that the next scan must tell of.
    pub(super) fn end(mut self) -> (bool, usize) {
        while (0xD0..=0xD7).contains(&self.seek()) {
            self.marker = None;
        }
        match self.ending {
            // libjpeg tells of bytes when it looks for a marker, and this one it has already.
            END_OF_IMAGE | START_OF_SCAN => {}
            _ => self.tell(),
        }
        (self.surplus, self.passed)
    }
}
