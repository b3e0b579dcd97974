//! The buffers of a lane, which batches of all sizes share.

use std::sync::Arc;

use cudarc::driver::{CudaSlice, CudaStream, PinnedHostSlice};

use super::CudaError;
use super::error::Doing;
use super::tables::Tables;

/// What is under way when memory gives out.
pub(super) const TAKING: &str = "taking memory for a batch";

/// Elements of each buffer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sizes {
    images: usize,
    pixels: usize,
    rows: usize,
    /// Halves of the half-transformed planes' complex values.
    half: usize,
    /// RadialBins of all images.
    radial_bins: usize,
}

impl Sizes {
    /// For batches of so many images.
    pub fn of(tables: &Tables, images: usize) -> Self {
        Self {
            images,
            pixels: images * tables.pitch(),
            rows: images * tables.key.height,
            half: images * tables.half_values() * 2,
            radial_bins: images * tables.counts.len(),
        }
    }

    /// Device memory, bytes.
    pub fn bytes(&self) -> usize {
        self.images * 4 + self.pixels + self.rows * 4 + self.half * 4 + self.radial_bins * 16
    }

    /// Enough for both.
    pub fn with(self, other: Self) -> Self {
        Self {
            images: self.images.max(other.images),
            pixels: self.pixels.max(other.pixels),
            rows: self.rows.max(other.rows),
            half: self.half.max(other.half),
            radial_bins: self.radial_bins.max(other.radial_bins),
        }
    }
}

/// Buffers on the device, and pinned ones beside them.
pub(super) struct Buffers {
    pub sizes: Sizes,
    pub pixels: CudaSlice<u8>,
    pub row_sums: CudaSlice<u32>,
    pub half: CudaSlice<f32>,
    /// Zero between batches, as the last kernel of each leaves them; `flags`, too.
    pub sums: CudaSlice<u64>,
    pub flags: CudaSlice<u32>,
    pub means: CudaSlice<f64>,
    pinned_pixels: PinnedHostSlice<u8>,
    pinned_means: PinnedHostSlice<f64>,
    /// Where the pinned buffers begin: they can't be asked for it while a graph is captured.
    pub pixels_at: *const u8,
    pub means_at: *mut f64,
}

impl Buffers {
    pub fn new(stream: &Arc<CudaStream>, sizes: Sizes) -> Result<Self, CudaError> {
        let context = stream.context();
        // SAFETY: pixels, sums of rows, half-transformed planes and means are written before they are read, by the copy
        // and the kernels that a lane puts before their readers on this stream. The pinned buffers are filled below.
        let (pixels, row_sums, half, means, mut pinned_pixels, mut pinned_means) = unsafe {
            (
                stream.alloc(sizes.pixels).doing(TAKING)?,
                stream.alloc(sizes.rows).doing(TAKING)?,
                stream.alloc(sizes.half).doing(TAKING)?,
                stream.alloc(sizes.radial_bins).doing(TAKING)?,
                context.alloc_pinned_with_flags(sizes.pixels, 0).doing(TAKING)?,
                context
                    .alloc_pinned_with_flags(sizes.radial_bins, 0)
                    .doing(TAKING)?,
            )
        };
        // Written once, so that no reference to them is ever to memory without a value.
        pinned_pixels.as_mut_slice().doing(TAKING)?.fill(0);
        pinned_means.as_mut_slice().doing(TAKING)?.fill(0.0);
        Ok(Self {
            sizes,
            pixels,
            row_sums,
            half,
            sums: stream.alloc_zeros(sizes.radial_bins).doing(TAKING)?,
            flags: stream.alloc_zeros(sizes.images).doing(TAKING)?,
            means,
            pixels_at: pinned_pixels.as_mut_ptr().doing(TAKING)?,
            means_at: pinned_means.as_mut_ptr().doing(TAKING)?,
            pinned_pixels,
            pinned_means,
        })
    }

    /// Lays images out where a copy takes them from, `pitch` bytes from each to the next.
    pub fn stage(&mut self, images: &[&[u8]], pitch: usize) -> Result<(), CudaError> {
        let staged = self.pinned_pixels.as_mut_slice().doing("laying out a batch")?;
        for (to, image) in staged.chunks_exact_mut(pitch).zip(images) {
            to[..image.len()].copy_from_slice(image);
        }
        Ok(())
    }

    /// The means of so many images, once the stream has been waited for.
    pub fn means(&self, images: usize, radial_bins: usize) -> Result<Vec<Vec<f64>>, CudaError> {
        let means = self.pinned_means.as_slice().doing("reading a batch's means")?;
        let of_images = means.chunks_exact(radial_bins).take(images);
        Ok(of_images.map(<[f64]>::to_vec).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_enough_for_both_is_enough_for_each() {
        let sizes = |images, pixels| Sizes {
            images,
            pixels,
            rows: 5,
            half: 7,
            radial_bins: 3,
        };
        let (many, large) = (sizes(9, 20), sizes(2, 80));
        let both = many.with(large);
        assert_eq!(both, sizes(9, 80));
        assert_eq!((both.with(many), both.with(large)), (both, both));
        assert_eq!(sizes(1, 2).bytes(), 4 + 2 + 20 + 28 + 48);
    }
}
