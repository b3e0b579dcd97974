//! Each format to its decoder: JPEG to ours, the others to the `image` crate.

use std::error::Error;
use std::io::Cursor;

use image::codecs::{bmp, gif, ico, png, pnm, qoi, tga, tiff, webp};
use image::error::ImageError;
use image::{ColorType, ExtendedColorType, GrayImage, ImageDecoder, RgbImage};

use super::planes::Planes;
use super::{Channels, DecodeError, Decoded, Format, Limits, Remark, SourceInfo, jpeg, luma, pages};

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
        Format::Png => {
            let decoder = png::PngDecoder::with_limits(input(), allowance(limits)).map_err(failed)?;
            remark_if(decoder.is_apng().map_err(failed)?, Remark::FirstFrameOnly);
            finish(decoder, format, limits, channels, remarks)
        }
        Format::WebP => {
            let decoder = webp::WebPDecoder::new(input()).map_err(failed)?;
            remark_if(decoder.has_animation(), Remark::FirstFrameOnly);
            finish(decoder, format, limits, channels, remarks)
        }
        Format::Gif => {
            remark_if(pages::gif_is_animated(bytes), Remark::FirstFrameOnly);
            finish(
                gif::GifDecoder::new(input()).map_err(failed)?,
                format,
                limits,
                channels,
                remarks,
            )
        }
        Format::Tiff => {
            remark_if(pages::tiff_has_pages(bytes), Remark::FirstPageOnly);
            finish(
                tiff::TiffDecoder::new(input()).map_err(failed)?,
                format,
                limits,
                channels,
                remarks,
            )
        }
        Format::Ico => {
            remark_if(
                bytes.get(4..6).is_some_and(|count| count != [1, 0]),
                Remark::LargestIconOnly,
            );
            finish(
                ico::IcoDecoder::new(input()).map_err(failed)?,
                format,
                limits,
                channels,
                remarks,
            )
        }
        Format::Bmp => finish(
            bmp::BmpDecoder::new(input()).map_err(failed)?,
            format,
            limits,
            channels,
            remarks,
        ),
        Format::Pnm => finish(
            pnm::PnmDecoder::new(input()).map_err(failed)?,
            format,
            limits,
            channels,
            remarks,
        ),
        Format::Tga => finish(
            tga::TgaDecoder::new(input()).map_err(failed)?,
            format,
            limits,
            channels,
            remarks,
        ),
        Format::Qoi => {
            // The decoder has a bound of its own on the size, above ours, and would answer first.
            if let Some(size) = bytes
                .get(4..12)
                .and_then(|size| size.as_chunks::<4>().0.try_into().ok())
            {
                let [width, height]: [[u8; 4]; 2] = size;
                limits.check_pixels(u32::from_be_bytes(width), u32::from_be_bytes(height))?;
            }
            finish(
                qoi::QoiDecoder::new(input()).map_err(failed)?,
                format,
                limits,
                channels,
                remarks,
            )
        }
    }
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
    if matches!(color, ColorType::Rgb32F | ColorType::Rgba32F) {
        return Err(DecodeError::unsupported(
            format,
            "floating-point samples, whose white is not defined",
        ));
    }
    if matches!(
        decoder.original_color_type(),
        ExtendedColorType::Cmyk8 | ExtendedColorType::Cmyk16
    ) {
        remarks.push(Remark::CmykConverted);
    }
    if matches!(
        color,
        ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16
    ) {
        remarks.push(Remark::SixteenBitReduced);
    }
    // A broken tag must not cost the picture.
    if let Ok(orientation) = decoder.orientation()
        && orientation.to_exif() != 1
    {
        remarks.push(Remark::OrientationNotApplied(orientation.to_exif()));
    }

    let size = usize::try_from(decoder.total_bytes())
        .map_err(|_| DecodeError::over_limits(format, "more samples than can be addressed"))?;
    let mut samples = vec![0; size];
    decoder.read_image(&mut samples).map_err(failed)?;
    let pixels = luma::from_samples(color, samples, channels.rgb || channels.planes)
        .ok_or_else(|| DecodeError::unsupported(format, format_args!("{color:?} samples")))?;
    if pixels.transparent {
        remarks.push(Remark::AlphaIgnored);
    }
    let too_few = || DecodeError::corrupt(format, "fewer samples than the header announces");
    let planes = channels
        .planes
        .then(|| Planes::from_pixels((width, height), &pixels.luma, pixels.rgb.as_deref()));
    let rgb = pixels
        .rgb
        .filter(|_| channels.rgb)
        .map(|rgb| RgbImage::from_raw(width, height, rgb).ok_or_else(too_few));
    Ok(Decoded {
        luma: GrayImage::from_raw(width, height, pixels.luma).ok_or_else(too_few)?,
        planes,
        rgb: rgb.transpose()?,
        coefficients: None,
        source: SourceInfo {
            width,
            height,
            format,
            jpeg: None,
            remarks,
        },
    })
}

fn explain(format: Format, error: &ImageError) -> DecodeError {
    let cause = match error {
        ImageError::Limits(_) => return DecodeError::over_limits(format, error),
        ImageError::Unsupported(_) => return DecodeError::unsupported(format, error),
        _ => error
            .source()
            .map_or_else(|| error.to_string(), ToString::to_string),
    };
    // Most decoders keep an end of file only as the words of the I/O error.
    let words = cause.to_ascii_lowercase();
    let ends = ["failed to fill whole buffer", "unexpected end", "unexpected eof"];
    if ends.iter().any(|end| words.contains(end)) {
        DecodeError::truncated(format, "the file ends before the picture does")
    } else {
        DecodeError::corrupt(format, cause)
    }
}
