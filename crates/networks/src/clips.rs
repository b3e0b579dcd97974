//! Where the items come from that a network learns from: pictures, and clips of frames.

use std::borrow::Cow;
use std::path::PathBuf;

use super::pictures::CHANNELS;
use super::{CnnError, Pictures};
use dftective_decode::{Decoded, Limits, read_channels};
use dftective_sample::path_text;

/// Clips by number, each of frames in the order of time. [`Pictures`] are clips of one frame. Frames are read each time
/// they are wanted, so that as many can be learnt from as there are.
pub trait Clips: Sync {
    /// What tells a clip from others, for messages and checkpoints.
    fn name(&self, clip: usize) -> String;

    /// How many frames a clip has.
    fn frames(&self, clip: usize) -> usize;

    /// A frame, from 0.
    ///
    /// # Errors
    /// A frame that can't be read.
    fn frame(&self, clip: usize, frame: usize) -> Result<Cow<'_, Decoded>, CnnError>;
}

impl<P: Pictures> Clips for P {
    fn name(&self, clip: usize) -> String {
        self.path(clip)
    }

    fn frames(&self, _: usize) -> usize {
        1
    }

    fn frame(&self, clip: usize, _: usize) -> Result<Cow<'_, Decoded>, CnnError> {
        self.read(clip).map(Cow::Owned)
    }
}

/// Clips whose frames are files of pictures.
pub struct ClipFiles<'a> {
    /// The files of each clip's frames, in the order of time.
    pub clips: &'a [Vec<PathBuf>],
    /// What each frame may cost.
    pub limits: Limits,
}

impl Clips for ClipFiles<'_> {
    /// The first frame's file, and how many there are.
    fn name(&self, clip: usize) -> String {
        let files = &self.clips[clip];
        let first = files.first().map_or_else(String::new, |file| path_text(file));
        format!("{first} ({} frames)", files.len())
    }

    fn frames(&self, clip: usize) -> usize {
        self.clips[clip].len()
    }

    fn frame(&self, clip: usize, frame: usize) -> Result<Cow<'_, Decoded>, CnnError> {
        let file = &self.clips[clip][frame];
        let read = read_channels(file, &self.limits, CHANNELS).map_err(|error| CnnError::Picture {
            path: path_text(file),
            cause: error.to_string(),
        });
        read.map(Cow::Owned)
    }
}
