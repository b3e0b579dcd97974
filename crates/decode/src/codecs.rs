//! Each format to its decoder: JPEG and TIFF to ours, GIF to the `gif` crate, the others to the `image` crate.

use std::error::Error;
use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use image::codecs::ico::IcoDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::pnm::PnmDecoder;
use image::codecs::qoi::QoiDecoder;
use image::codecs::tga::TgaDecoder;
use image::codecs::webp::WebPDecoder;
use image::error::ImageError;
use image::metadata::Orientation;
use image::{ColorType, ImageDecoder};

use super::decoded::Contents;
use super::{Channels, DecodeError, Decoded, Format, Limits, Remark, bmp, gif, jpeg, luma, tiff, webp};

/// Decodes `bytes`, which [`sniff`](super::sniff::sniff) found to be `format`.
pub(super) fn decode(
    format: Format,
    bytes: &[u8],
    limits: &Limits,
    channels: Channels,
) -> Result<Decoded, DecodeError> {
    let input = || Cursor::new(bytes);
    let failed = |error| explain(format, &error);
    let mut remarks = Vec::new();
    let mut remark_if = |condition: bool, remark| {
        if condition {
            remarks.push(remark);
        }
    };
    match format {
        Format::Jpeg => jpeg::decode(bytes, limits, channels),
        Format::Gif => gif::decode(bytes, limits, channels),
        Format::Tiff => tiff::decode(bytes, limits, channels),
        Format::Png => {
            let decoder = PngDecoder::with_limits(input(), allowance(limits)).map_err(failed)?;
            remark_if(decoder.is_apng().map_err(failed)?, Remark::FirstFrameOnly);
            finish(decoder, format, limits, channels, remarks)
        }
        Format::WebP => {
            let first = webp::first_picture(bytes)?;
            let decoder = WebPDecoder::new(Cursor::new(&*first.file)).map_err(failed)?;
            let found = decoder.dimensions();
            if let Some(announced) = first.size.filter(|announced| *announced != found) {
                return Err(DecodeError::corrupt(
                    format,
                    format_args!("a picture of {found:?} pixels where {announced:?} are announced"),
                ));
            }
            remark_if(first.is_animated, Remark::FirstFrameOnly);
            if let Some((width, height)) = first.screen {
                remarks.push(Remark::PartOfScreen { width, height });
            }
            let orientation = first.exif.and_then(Orientation::from_exif_chunk);
            remarks.extend(orientation.and_then(not_applied));
            finish(decoder, format, limits, channels, remarks)
        }
        Format::Ico => {
            remark_if(
                bytes.get(4..6).is_some_and(|count| count != [1, 0]),
                Remark::LargestIconOnly,
            );
            let decoder = IcoDecoder::new(input()).map_err(failed)?;
            finish(decoder, format, limits, channels, remarks)
        }
        Format::Bmp => {
            let decoder = BmpDecoder::new(input()).map_err(failed)?;
            let skipped = bmp::skipped_pixels(bytes);
            remark_if(skipped > 0, Remark::PixelsSkipped(skipped));
            finish(decoder, format, limits, channels, remarks)
        }
        Format::Pnm => {
            let decoder = PnmDecoder::new(input()).map_err(failed)?;
            finish(decoder, format, limits, channels, remarks)
        }
        Format::Tga => {
            let decoder = TgaDecoder::new(input()).map_err(failed)?;
            finish(decoder, format, limits, channels, remarks)
        }
        Format::Qoi => {
            // The decoder has a bound of its own on the size, above ours, and would answer first.
            if let Some(size) = bytes
                .get(4..12)
                .and_then(|size| size.as_chunks::<4>().0.try_into().ok())
            {
                let [width, height]: [[u8; 4]; 2] = size;
                limits.check_pixels(u32::from_be_bytes(width), u32::from_be_bytes(height))?;
            }
            let decoder = QoiDecoder::new(input()).map_err(failed)?;
            finish(decoder, format, limits, channels, remarks)
        }
    }
}

/// What is to be said of an orientation.
fn not_applied(orientation: Orientation) -> Option<Remark> {
    let tag = orientation.to_exif();
    (tag != 1).then_some(Remark::OrientationNotApplied(tag))
}

/// What a decoder may allocate: two pictures of the widest pixels (16-bit RGBA), and room for metadata. The
/// picture's size is checked apart from it, for an error that names the size.
fn allowance(limits: &Limits) -> image::Limits {
    let mut allowance = image::Limits::no_limits();
    allowance.max_alloc = Some(limits.max_pixels.saturating_mul(16).saturating_add(64 << 20));
    allowance
}

fn finish(
    mut decoder: impl ImageDecoder,
    format: Format,
    limits: &Limits,
    channels: Channels,
    mut remarks: Vec<Remark>,
) -> Result<Decoded, DecodeError> {
    let failed = |error| explain(format, &error);
    let (width, height) = decoder.dimensions();
    limits.check_pixels(width, height)?;
    if width == 0 || height == 0 {
        return Err(DecodeError::corrupt(
            format,
            format_args!("a picture of {width} x {height} pixels"),
        ));
    }
    decoder.set_limits(allowance(limits)).map_err(failed)?;

    let color = decoder.color_type();
    if matches!(
        color,
        ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16
    ) {
        remarks.push(Remark::SamplesReduced(16));
    }
    // A broken tag must not cost the picture.
    let orientation = decoder.orientation();
    remarks.extend(orientation.ok().and_then(not_applied));

    let size = usize::try_from(decoder.total_bytes())
        .map_err(|_| DecodeError::over_limits(format, "more samples than can be addressed"))?;
    let mut samples = vec![0; size];
    decoder.read_image(&mut samples).map_err(failed)?;
    let pixels = luma::from_samples(color, samples, channels.rgb || channels.planes)
        .ok_or_else(|| DecodeError::unsupported(format, format_args!("{color:?} samples")))?;
    let contents = Contents {
        format,
        size: (width, height),
        pixels,
        remarks,
    };
    contents.decoded(channels)
}

fn explain(format: Format, error: &ImageError) -> DecodeError {
    let cause = match error {
        ImageError::Limits(_) => return DecodeError::over_limits(format, error),
        ImageError::Unsupported(_) => return DecodeError::unsupported(format, error),
        _ => error
            .source()
            .map_or_else(|| error.to_string(), ToString::to_string),
    };
    DecodeError::in_words(format, &cause)
}
