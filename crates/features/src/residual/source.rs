//! The plane that a family reads.

use super::{SIDE, TILE};
use crate::FeatureError;
use crate::input::{NO_LUMA, at_least, planes, varied};
use dftective_decode::{Decoded, Plane, Planes};

/// A plane, no smaller than a kernel, and where the JPEG grid lies in it.
#[derive(Clone, Copy)]
pub struct ResidualInput<'a> {
    pub plane: &'a Plane,
    /// Place of the sample (0, 0) in its block, (column, row).
    pub grid: (usize, usize),
}

impl<'a> ResidualInput<'a> {
    /// The picture's luma.
    pub fn luma(image: &'a Decoded, family: &'static str) -> Result<Self, FeatureError> {
        let planes = planes(image, family)?;
        let source = Self::new(&planes.y, planes, family)?;
        varied(&planes.y.samples, family, NO_LUMA)?;
        Ok(source)
    }

    /// The picture's Cb and Cr.
    pub fn chroma(image: &'a Decoded, family: &'static str) -> Result<[Self; 2], FeatureError> {
        let planes = planes(image, family)?;
        let [cb, cr] = planes.chroma.as_ref().ok_or(FeatureError::NoChroma { family })?;
        let sources = [Self::new(cb, planes, family)?, Self::new(cr, planes, family)?];
        let varied = |plane: &Plane| varied(&plane.samples, family, "its chroma is the same everywhere");
        varied(cb).or_else(|_| varied(cr))?;
        Ok(sources)
    }

    fn new(plane: &'a Plane, planes: &Planes, family: &'static str) -> Result<Self, FeatureError> {
        at_least(SIDE as u32, family, plane.width as u32, plane.height as u32)?;
        let place = |offset: u8| usize::from(offset) % SIDE;
        Ok(Self {
            plane,
            grid: (place(planes.grid.0), place(planes.grid.1)),
        })
    }

    /// Responses across and down.
    pub fn responses(&self) -> (usize, usize) {
        (self.plane.width + 1 - SIDE, self.plane.height + 1 - SIDE)
    }

    /// Where the tiles begin, (column, row), by rows.
    pub fn tiles(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (across, down) = self.responses();
        (0..down).flat_map(move |y| (0..across).step_by(TILE).map(move |x| (x, y)))
    }
}
