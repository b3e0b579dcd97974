//! Image bytes to the 8-bit luma plane the method reads.
//!
//! [`decode`] takes a file's bytes, [`read`] a path. The format is found in the content, never in the name. What
//! comes back is a [`Decoded`]: the luma plane, row-major, `width × height`, and a [`SourceInfo`] that says what
//! the file was and what had to be done to it.
//!
//! # From samples to luma
//!
//! * **JPEG**, of every kind that libjpeg-turbo reads: the stored Y plane after libjpeg's accurate integer inverse DCT,
//!   with no way through RGB: the pixels of `djpeg -grayscale` and of OpenCV's `IMREAD_GRAYSCALE`. A JPEG stored as RGB is reduced by libjpeg's
//!   16-bit Rec. 601 weights; CMYK and YCCK are reduced as OpenCV does it (see [`Remark::CmykConverted`]).
//! * **Other formats**: grey samples stay as they are; colour becomes
//!   `(R·4899 + G·9617 + B·1868 + 8192) >> 14`, OpenCV's 14-bit Rec. 601 weights. OpenCV itself leaves this rule
//!   by one grey level for colour PNG (libpng reduces it) and for a few WebP pixels; here one picture gives one
//!   plane in every lossless format.
//! * **Samples of 9 to 16 bits** are cut to their high 8, `v >> (bits − 8)`, before the colour rule. OpenCV does so for
//!   grey PNG, TIFF and PNM and for colour PNM; for 16-bit colour PNG and TIFF it is up to one level away.
//! * **Alpha** is ignored: the colour counts as stored, neither blended nor divided by alpha.
//! * **Palettes** are expanded; samples of less than 8 bits are spread over 0..=255, to the nearest level. **Orientation
//!   tags** and **colour profiles** are not applied: both would replace the samples whose spectrum is the evidence.
//! * Of an **animation** the first picture is taken, as it is stored. Where it is but a part of the screen, that part is
//!   the picture ([`Remark::PartOfScreen`]): of the rest no pixel is in the file.
//! * **TIFF**: unsigned samples of 1 to 16 bits, grey, RGB, CMYK, from a palette or YCbCr, in strips or tiles, pixels or
//!   planes, plain or compressed by LZW, Deflate, PackBits, CCITT T.6 or JPEG. JPEG streams go the way of JPEG files, with
//!   the TIFF's word on what the components are; stored R, G, B is reduced as in other formats. YCbCr counts as JPEG's:
//!   its Y is the luma, and its colours, of subsampled chroma without interpolation, are those of full-range Rec. 601;
//!   that with a black, white or weights of its own is refused. A file that begins with a thumbnail (a reduced copy, by its
//!   own word) gives the picture behind it, in the chain or in a SubIFD, or an error, never the thumbnail.
//! * **Floating-point** samples have no agreed white and **signed** ones no agreed black, so they are refused.
//!
//! # More than luma
//!
//! [`decode_channels`] and [`read_channels`] give, on request, what else a feature can be read from ([`Channels`]): unrounded
//! [`Planes`] of Y, Cb and Cr, the colour pixels, and a JPEG's quantised [`Coefficients`].
//!
//! # Damaged and hostile files
//!
//! A file whose picture is not wholly there is an error, never a plane with made-up pixels; what may be missing
//! is metadata after the picture. One format may leave out pixels by its rules, BMP by run lengths: they stand as black, as
//! other programs have them, and are counted ([`Remark::PixelsSkipped`]). A JPEG must have its end-of-image marker, all its
//! scans and all its restart markers. JPEG carries no checksum, though: damage may leave decodable data. What libjpeg-turbo
//! warns of in such data without making anything up is [`Remark::DamagedJpeg`]; damage that it does not see cannot be told
//! from a picture. What such remarks say ([`Remark::is_defect`]) is reason enough for a detector to withhold its verdict.
//! [`Limits`] are checked against the header before anything of the picture's size is allocated. A
//! decoder that panics is caught and reported as [`DecodeError::Panicked`], because one hostile file must not end
//! a run over a million others; the panic hook hears nothing of it (see [`dftective_catch_panic`]).

mod bmp;
mod bytes;
mod codecs;
mod cut;
#[doc(hidden)]
pub mod dct;
mod decoded;
mod encode;
mod error;
mod format;
mod gif;
mod grid;
mod jpeg;
mod limits;
mod luma;
mod plane;
mod planes;
mod read;
mod remark;
mod sniff;
#[cfg(test)]
mod tests;
mod tiff;
mod webp;

pub use bytes::{decode, decode_channels};
pub use cut::CUT_STEP;
pub use decoded::{Decoded, SourceInfo};
pub use encode::{EncodeError, encode_jpeg};
pub use error::DecodeError;
pub use format::{Format, has_image_extension};
pub use grid::grid_offset;
pub use jpeg::{JpegDamage, JpegInfo, Subsampling, standard_table};
pub use limits::Limits;
pub use plane::Plane;
pub use planes::{Channels, Coefficients, Planes};
pub use read::{decode_named, read, read_bytes, read_channels, read_start};
pub use remark::Remark;
pub use sniff::{CONTENT_BYTES, Content, content};
