//! What a picture holds beyond its luma: colour pixels, unrounded planes, the coefficients of a JPEG.

use std::ops::BitOr;

use super::dct;
use super::grid::grid_offset;
use super::plane::Plane;

/// What to decode besides the luma plane. The default is nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Channels {
    /// [`Decoded::planes`](super::Decoded::planes).
    pub planes: bool,
    /// [`Decoded::rgb`](super::Decoded::rgb).
    pub rgb: bool,
    /// [`Decoded::coefficients`](super::Decoded::coefficients).
    pub coefficients: bool,
}

impl BitOr for Channels {
    type Output = Self;

    /// What either asks for.
    fn bitor(self, other: Self) -> Self {
        Self {
            planes: self.planes || other.planes,
            rgb: self.rgb || other.rgb,
            coefficients: self.coefficients || other.coefficients,
        }
    }
}

/// Y, Cb and Cr as finely as the file tells them.
///
/// * **A JPEG with a Y component in full size**: the orthonormal inverse DCT (T.81 A.3.3) of its dequantised coefficients plus
///   128, neither rounded nor clamped; Cb and Cr at the size they are stored in. The padding that completes the
///   last blocks is cut off.
/// * **All else**, and a JPEG stored as RGB, CMYK or YCCK, or with chroma finer than luma: from the 8-bit pixels by JFIF's full-range Rec. 601
///   matrix, unrounded; Cb and Cr at full size.
#[derive(Clone, Debug, PartialEq)]
pub struct Planes {
    /// Luma, as large as the picture.
    pub y: Plane,
    /// Cb and Cr, of equal size; `None` for a grey picture.
    pub chroma: Option<[Plane; 2]>,
    /// Place of the pixel (0, 0) in its 8 × 8 block, (column, row): the pixel (x, y) of Y has the place
    /// ((x + column) mod 8, (y + row) mod 8). A JPEG's own grid starts at its corner, (0, 0); other planes
    /// have the grid that [`grid_offset`] finds, or (0, 0) where it finds none.
    pub grid: (u8, u8),
}

/// Quantised DCT coefficients of a JPEG's Y component, or of its only one.
#[derive(Clone, Debug, PartialEq)]
pub struct Coefficients {
    /// Width of the component in samples: the picture's, unless chroma is stored finer than luma.
    pub width: usize,
    /// Height of the component in samples.
    pub height: usize,
    /// 64 a block, in natural order, blocks by rows: the coefficient of vertical frequency j and horizontal frequency k at
    /// 8·j + k.
    pub values: Vec<i16>,
    /// Quantisation steps, in natural order.
    pub table: [u16; 64],
}

impl Coefficients {
    /// Blocks across, ⌈width / 8⌉.
    pub fn blocks_across(&self) -> usize {
        self.width.div_ceil(8)
    }

    /// Blocks down, ⌈height / 8⌉.
    pub fn blocks_down(&self) -> usize {
        self.height.div_ceil(8)
    }

    /// The samples the coefficients stand for: the orthonormal inverse DCT (T.81 A.3.3) of values times steps, plus
    /// 128, cut to `width × height` at the lower right.
    pub(super) fn plane(&self) -> Plane {
        let (width, height, across) = (self.width, self.height, self.blocks_across());
        let mut samples = Vec::with_capacity(across * 8 * height);
        let mut band = vec![0.0; across * 64];
        for blocks in self.values.chunks_exact(across * 64) {
            dct::inverse_band(blocks, &self.table, &mut band);
            for row in band.chunks_exact(across * 8) {
                if samples.len() < width * height {
                    samples.extend_from_slice(&row[..width]);
                }
            }
        }
        Plane {
            width,
            height,
            samples,
        }
    }
}

/// Rec. 601 luma weights of R, G and B.
const WEIGHTS: [f64; 3] = [0.299, 0.587, 0.114];

impl Planes {
    /// From interleaved R, G, B bytes where there are any, else from luma.
    pub(super) fn from_pixels((width, height): (u32, u32), luma: &[u8], rgb: Option<&[u8]>) -> Self {
        let (width, height) = (width as usize, height as usize);
        let (y, chroma) = match rgb {
            None => (Plane::from_bytes(width, height, luma), None),
            Some(rgb) => {
                let [y, blue, red] = components(width, height, rgb);
                (y, Some([blue, red]))
            }
        };
        let grid = grid_offset(&y).unwrap_or((0, 0));
        Self { y, chroma, grid }
    }
}

/// Y, Cb and Cr. In double precision on the way, so that a grey pixel stays exactly grey.
fn components(width: usize, height: usize, rgb: &[u8]) -> [Plane; 3] {
    let pixels = rgb.as_chunks::<3>().0;
    let luma = |[r, g, b]: [f64; 3]| WEIGHTS[0] * r + WEIGHTS[1] * g + WEIGHTS[2] * b;
    let chroma = |channel: usize| {
        let scale = 0.5 / (1.0 - WEIGHTS[channel]);
        move |pixel: [f64; 3]| (pixel[channel] - luma(pixel)) * scale + 128.0
    };
    let plane = |component: &dyn Fn([f64; 3]) -> f64| Plane {
        width,
        height,
        samples: pixels
            .iter()
            .map(|pixel| component(pixel.map(f64::from)) as f32)
            .collect(),
    };
    [plane(&luma), plane(&chroma(2)), plane(&chroma(0))]
}
