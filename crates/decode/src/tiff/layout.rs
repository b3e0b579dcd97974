//! What a directory says of its picture.

use super::directory::{Directory, File, Numbers};
use super::error::{corrupt, unsupported};
use crate::{DecodeError, Format, Limits};

/// What the samples of a pixel are (PhotometricInterpretation).
#[derive(Clone, Copy)]
pub(super) enum Colour<'a> {
    Grey {
        white_is_zero: bool,
    },
    Rgb,
    /// Places in a table of 16-bit colours: all reds, all greens, all blues.
    Palette(Numbers<'a>),
    /// Ink, 0 for none.
    Cmyk,
    /// Full-range Rec. 601; chroma once for so many columns and rows, where the samples are not JPEG.
    YCbCr {
        across: u32,
        down: u32,
    },
}

/// How the samples of a strip or tile are packed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Lzw,
    Deflate,
    PackBits,
    /// CCITT T.6.
    Group4,
    Jpeg,
}

/// A picture of a kind that is read, with sizes that make sense.
pub(super) struct Layout<'a> {
    pub file: File<'a>,
    pub width: u32,
    pub height: u32,
    /// Bits a sample, 1 to 16.
    pub bits: u32,
    /// Samples a pixel.
    pub samples: usize,
    pub colour: Colour<'a>,
    /// Whether the sample after the colour is alpha.
    pub has_alpha: bool,
    /// Whether each sample has strips or tiles of its own.
    pub is_planar: bool,
    pub compression: Compression,
    /// Whether each sample is stored less the one to its left.
    pub is_differenced: bool,
    /// Whether the bits of each byte run from the lowest to the highest.
    pub is_bit_reversed: bool,
    /// Tables for all JPEG streams.
    pub jpeg_tables: Option<&'a [u8]>,
    /// Width of a tile, or of the picture.
    pub chunk_width: u32,
    /// Height of a tile or of a strip that is not the last.
    pub chunk_height: u32,
    /// Where the strips or tiles begin, and how many bytes each has.
    pub offsets: Numbers<'a>,
    pub byte_counts: Numbers<'a>,
    /// As in EXIF.
    pub orientation: u8,
}

/// Tags of TIFF 6.0, and of Adobe's and others' additions to it.
mod tag {
    pub const WIDTH: u16 = 256;
    pub const HEIGHT: u16 = 257;
    pub const BITS_PER_SAMPLE: u16 = 258;
    pub const COMPRESSION: u16 = 259;
    pub const PHOTOMETRIC: u16 = 262;
    pub const FILL_ORDER: u16 = 266;
    pub const STRIP_OFFSETS: u16 = 273;
    pub const ORIENTATION: u16 = 274;
    pub const SAMPLES_PER_PIXEL: u16 = 277;
    pub const ROWS_PER_STRIP: u16 = 278;
    pub const STRIP_BYTE_COUNTS: u16 = 279;
    pub const PLANAR_CONFIGURATION: u16 = 284;
    pub const PREDICTOR: u16 = 317;
    pub const COLOUR_MAP: u16 = 320;
    pub const TILE_WIDTH: u16 = 322;
    pub const TILE_HEIGHT: u16 = 323;
    pub const TILE_OFFSETS: u16 = 324;
    pub const TILE_BYTE_COUNTS: u16 = 325;
    pub const INK_SET: u16 = 332;
    pub const EXTRA_SAMPLES: u16 = 338;
    pub const SAMPLE_FORMAT: u16 = 339;
    pub const JPEG_TABLES: u16 = 347;
    pub const YCBCR_COEFFICIENTS: u16 = 529;
    pub const YCBCR_SUBSAMPLING: u16 = 530;
    pub const REFERENCE_BLACK_WHITE: u16 = 532;
}

impl<'a> Layout<'a> {
    /// Reads a directory; refuses a picture over `limits`, one of a kind that is not read, and one whose sizes contradict
    /// each other.
    pub fn of(directory: Directory<'a>, limits: &Limits) -> Result<Self, DecodeError> {
        let number = |tag, default| directory.number(tag).map(|found| found.unwrap_or(default));
        let side = |tag| {
            let found = number(tag, 0)?;
            u32::try_from(found).map_err(|_| corrupt(format_args!("a picture with a side of {found} pixels")))
        };
        let (width, height) = (side(tag::WIDTH)?, side(tag::HEIGHT)?);
        limits.check_pixels(width, height)?;
        if width == 0 || height == 0 {
            return Err(corrupt(format_args!("a picture of {width} x {height} pixels")));
        }
        refuse_other_numbers(&directory)?;
        let bits = bits(&directory)?;
        let samples = number(tag::SAMPLES_PER_PIXEL, 1)? as usize;
        let compression = compression(number(tag::COMPRESSION, 1)?)?;
        let colour = colour(&directory, bits, compression)?;
        if samples < colour.samples() || samples > usize::from(u16::MAX) {
            return Err(corrupt(format_args!(
                "{samples} samples a pixel for {}",
                colour.name()
            )));
        }
        let extra = directory.numbers(tag::EXTRA_SAMPLES)?;
        // Associated or not: colour counts as stored.
        let is_alpha = extra
            .and_then(|extra| extra.get(0))
            .is_some_and(|kind| matches!(kind, 1 | 2));
        let is_differenced = match number(tag::PREDICTOR, 1)? {
            1 => false,
            2 => true,
            other => return Err(unsupported(format_args!("samples predicted by rule {other}"))),
        };
        let is_planar = match number(tag::PLANAR_CONFIGURATION, 1)? {
            1 => false,
            2 => samples > 1,
            other => return Err(corrupt(format_args!("planar configuration {other}"))),
        };
        let is_tiled = directory.numbers(tag::TILE_OFFSETS)?.is_some();
        let (offsets, byte_counts, chunk_width, chunk_height) = if is_tiled {
            let (width, height) = (side(tag::TILE_WIDTH)?, side(tag::TILE_HEIGHT)?);
            (tag::TILE_OFFSETS, tag::TILE_BYTE_COUNTS, width, height)
        } else {
            let rows = number(tag::ROWS_PER_STRIP, u64::from(height))?.min(u64::from(height));
            (tag::STRIP_OFFSETS, tag::STRIP_BYTE_COUNTS, width, rows as u32)
        };
        let needed = |tag| {
            let found = directory.numbers(tag)?;
            found.ok_or_else(|| corrupt("no place or size of the strips or tiles"))
        };
        let layout = Self {
            file: directory.file(),
            width,
            height,
            bits,
            samples,
            colour,
            has_alpha: is_alpha && samples > colour.samples(),
            is_planar,
            compression,
            is_differenced,
            is_bit_reversed: number(tag::FILL_ORDER, 1)? == 2,
            jpeg_tables: directory.bytes(tag::JPEG_TABLES)?,
            chunk_width,
            chunk_height,
            offsets: needed(offsets)?,
            byte_counts: needed(byte_counts)?,
            orientation: number(tag::ORIENTATION, 1)? as u8,
        };
        layout.check(limits)?;
        Ok(layout)
    }

    /// Strips or tiles across and down.
    pub fn chunks(&self) -> (usize, usize) {
        let count = |side: u32, chunk: u32| side.div_ceil(chunk) as usize;
        (
            count(self.width, self.chunk_width),
            count(self.height, self.chunk_height),
        )
    }

    fn check(&self, limits: &Limits) -> Result<(), DecodeError> {
        if self.chunk_width == 0 || self.chunk_height == 0 {
            return Err(corrupt("strips or tiles without pixels"));
        }
        let (across, down) = self.chunks();
        let planes = if self.is_planar { self.samples } else { 1 };
        let chunks = across * down * planes;
        if self.offsets.len() < chunks || self.byte_counts.len() < chunks {
            return Err(corrupt(format_args!(
                "{} strips or tiles where {chunks} are due",
                self.offsets.len().min(self.byte_counts.len())
            )));
        }
        // What tiles have beyond the picture is decoded, too.
        let padded =
            |chunks: usize, side: u32| u32::try_from(chunks as u64 * u64::from(side)).unwrap_or(u32::MAX);
        limits.check_pixels(padded(across, self.chunk_width), padded(down, self.chunk_height))?;
        // A small file must not ask for the same bytes a million times.
        let asked: u64 = self.byte_counts.iter().take(chunks).fold(0, u64::saturating_add);
        if self.compression != Compression::None && asked > self.file.size().saturating_mul(2) {
            return Err(DecodeError::over_limits(
                Format::Tiff,
                "strips or tiles that lie over each other",
            ));
        }
        let chunk_bits = u64::from(self.chunk_width)
            .saturating_mul(u64::from(self.chunk_height))
            .saturating_mul(self.samples as u64 * u64::from(self.bits));
        if chunk_bits / 64 > limits.max_pixels {
            return Err(DecodeError::over_limits(
                Format::Tiff,
                format_args!("{} samples a pixel", self.samples),
            ));
        }
        if self.is_differenced && !matches!(self.bits, 8 | 16) {
            return Err(unsupported(format_args!(
                "differences of {}-bit samples",
                self.bits
            )));
        }
        match self.compression {
            Compression::Jpeg => self.check_jpeg(),
            Compression::Group4 if self.bits != 1 || self.samples != 1 => {
                Err(unsupported("fax compression of more than one bit a pixel"))
            }
            _ => match self.colour {
                Colour::YCbCr { .. } if self.is_planar || self.samples != 3 => {
                    Err(unsupported("YCbCr in planes, or with more samples"))
                }
                Colour::YCbCr { across, down } if self.is_differenced && across * down > 1 => {
                    Err(unsupported("differences of subsampled YCbCr"))
                }
                _ => Ok(()),
            },
        }
    }

    fn check_jpeg(&self) -> Result<(), DecodeError> {
        let kind = match self.colour {
            Colour::Grey { .. } | Colour::Rgb => None,
            Colour::YCbCr { .. } if !self.is_planar => None,
            _ => Some(self.colour.name()),
        };
        if let Some(kind) = kind {
            return Err(unsupported(format_args!("{kind} in such JPEG streams")));
        }
        if !self.is_planar && self.samples != self.colour.samples() {
            return Err(unsupported("more than the colour inside JPEG streams"));
        }
        Ok(())
    }
}

impl Colour<'_> {
    /// Samples that make the colour.
    pub fn samples(&self) -> usize {
        match self {
            Self::Grey { .. } | Self::Palette(_) => 1,
            Self::Rgb | Self::YCbCr { .. } => 3,
            Self::Cmyk => 4,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Grey { .. } => "grey",
            Self::Palette(_) => "a palette",
            Self::Rgb => "RGB",
            Self::YCbCr { .. } => "YCbCr",
            Self::Cmyk => "CMYK",
        }
    }
}

/// Unsigned integers are read, and those that are not said to be anything.
fn refuse_other_numbers(directory: &Directory) -> Result<(), DecodeError> {
    let formats = directory.numbers(tag::SAMPLE_FORMAT)?;
    let other = formats.and_then(|formats| formats.iter().find(|format| !matches!(format, 1 | 4)));
    match other {
        None => Ok(()),
        Some(2) => Err(unsupported("signed samples, whose black is not defined")),
        Some(3) => Err(unsupported("floating-point samples, whose white is not defined")),
        Some(_) => Err(unsupported("samples that are no real numbers")),
    }
}

fn bits(directory: &Directory) -> Result<u32, DecodeError> {
    let Some(all) = directory.numbers(tag::BITS_PER_SAMPLE)? else {
        return Ok(1);
    };
    let first = all.get(0).unwrap_or(1);
    if all.iter().any(|bits| bits != first) {
        return Err(unsupported("samples of different numbers of bits"));
    }
    match u32::try_from(first) {
        Ok(bits @ 1..=16) => Ok(bits),
        _ => Err(unsupported(format_args!("{first}-bit samples"))),
    }
}

fn compression(code: u64) -> Result<Compression, DecodeError> {
    let name = match code {
        1 => return Ok(Compression::None),
        4 => return Ok(Compression::Group4),
        5 => return Ok(Compression::Lzw),
        7 => return Ok(Compression::Jpeg),
        8 | 32_946 => return Ok(Compression::Deflate),
        32_773 => return Ok(Compression::PackBits),
        2 | 3 => "CCITT group 3 fax",
        6 => "the JPEG of TIFF 6.0, which was given up for another",
        9 | 10 | 34_661 => "JBIG",
        34_712 => "JPEG 2000",
        34_887 => "LERC",
        34_925 => "LZMA",
        34_892 => "lossy JPEG of a camera's raw data",
        50_000 | 34_926 => "Zstandard",
        50_001 | 34_927 => "WebP",
        50_002 | 52_546 => "JPEG XL",
        _ => return Err(unsupported(format_args!("compression {code}"))),
    };
    Err(unsupported(format_args!("compression by {name}")))
}

fn colour<'a>(
    directory: &Directory<'a>,
    bits: u32,
    compression: Compression,
) -> Result<Colour<'a>, DecodeError> {
    let Some(photometric) = directory.number(tag::PHOTOMETRIC)? else {
        return Err(corrupt("no word on what the samples stand for"));
    };
    Ok(match photometric {
        0 | 1 => Colour::Grey {
            white_is_zero: photometric == 0,
        },
        2 => Colour::Rgb,
        3 => {
            let colours = directory.numbers(tag::COLOUR_MAP)?;
            let colours = colours.ok_or_else(|| corrupt("a palette without colours"))?;
            if bits > 8 || colours.len() != 3 << bits {
                return Err(corrupt(format_args!(
                    "a palette of {} numbers for {bits}-bit samples",
                    colours.len()
                )));
            }
            Colour::Palette(colours)
        }
        5 if directory.number(tag::INK_SET)?.unwrap_or(1) == 1 => Colour::Cmyk,
        5 => return Err(unsupported("inks other than cyan, magenta, yellow and black")),
        6 => ycbcr(directory, bits, compression)?,
        8..=10 => return Err(unsupported("CIE L*a*b* samples")),
        32_803 | 34_892 => return Err(unsupported("a camera's raw samples")),
        32_844 | 32_845 => return Err(unsupported("LogLuv samples")),
        other => return Err(unsupported(format_args!("photometric interpretation {other}"))),
    })
}

/// In JPEG streams YCbCr is what JPEG takes it for.
fn ycbcr<'a>(
    directory: &Directory<'a>,
    bits: u32,
    compression: Compression,
) -> Result<Colour<'a>, DecodeError> {
    if compression == Compression::Jpeg {
        return Ok(Colour::YCbCr { across: 1, down: 1 });
    }
    let differs = |tag, usual: &[f64]| -> Result<bool, DecodeError> {
        let found = directory.fractions(tag)?;
        Ok(found.is_some_and(|found| {
            found.len() != usual.len() || found.iter().zip(usual).any(|(a, b)| (a - b).abs() > 1e-4)
        }))
    };
    if differs(tag::YCBCR_COEFFICIENTS, &[0.299, 0.587, 0.114])?
        || differs(
            tag::REFERENCE_BLACK_WHITE,
            &[0.0, 255.0, 128.0, 255.0, 128.0, 255.0],
        )?
    {
        return Err(unsupported("YCbCr other than that of Rec. 601 at full range"));
    }
    if bits != 8 {
        return Err(unsupported(format_args!("YCbCr of {bits}-bit samples")));
    }
    let subsampling = directory.numbers(tag::YCBCR_SUBSAMPLING)?;
    let factor = |index| subsampling.map_or(Some(2), |numbers| numbers.get(index));
    match (factor(0), factor(1)) {
        (Some(across @ (1 | 2 | 4)), Some(down @ (1 | 2 | 4))) => Ok(Colour::YCbCr {
            across: across as u32,
            down: down as u32,
        }),
        _ => Err(corrupt("chroma at no known fraction of the size")),
    }
}
