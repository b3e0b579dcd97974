//! GIF, by the `gif` crate: the first image as it is stored, without a screen around it.

use gif::{ColorOutput, DecodeOptions, DecodingError, MemoryLimit};

use super::decoded::Contents;
use super::luma::{self, Pixels};
use super::{Channels, DecodeError, Decoded, Format, Limits, Remark};

pub(super) fn decode(bytes: &[u8], limits: &Limits, channels: Channels) -> Result<Decoded, DecodeError> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    // The size is checked here, for an error that names it.
    options.set_memory_limit(MemoryLimit::Unlimited);
    let mut decoder = options.read_info(bytes).map_err(explain)?;
    let screen = (u32::from(decoder.width()), u32::from(decoder.height()));
    limits.check_pixels(screen.0, screen.1)?;
    let frame = decoder.next_frame_info().map_err(explain)?;
    let frame = frame.ok_or_else(|| DecodeError::corrupt(Format::Gif, "no image"))?;
    let size = (u32::from(frame.width), u32::from(frame.height));
    let (left, top) = (u32::from(frame.left), u32::from(frame.top));
    let (palette, transparent) = (frame.palette.clone(), frame.transparent);
    limits.check_pixels(size.0, size.1)?;
    if size.0 == 0 || size.1 == 0 {
        return Err(DecodeError::corrupt(
            Format::Gif,
            format_args!("a picture of {} x {} pixels", size.0, size.1),
        ));
    }
    let mut remarks = Vec::new();
    if has_second_image(bytes) {
        remarks.push(Remark::FirstFrameOnly);
    }
    if left > 0 || top > 0 || size.0 < screen.0 || size.1 < screen.1 {
        remarks.push(Remark::PartOfScreen {
            width: screen.0,
            height: screen.1,
        });
    }
    let mut places = vec![0; decoder.buffer_size()];
    decoder.read_into_buffer(&mut places).map_err(explain)?;
    let palette = palette
        .as_deref()
        .or(decoder.global_palette())
        .unwrap_or_default();
    let palette = palette.as_chunks::<3>().0;
    if let Some(place) = places.iter().find(|place| usize::from(**place) >= palette.len()) {
        return Err(DecodeError::corrupt(
            Format::Gif,
            format_args!("colour {place} of a palette of {}", palette.len()),
        ));
    }
    let colours = places
        .iter()
        .flat_map(|place| palette[usize::from(*place)])
        .collect();
    let wants_rgb = channels.rgb || channels.planes;
    let contents = Contents {
        format: Format::Gif,
        size,
        pixels: Pixels {
            transparent: transparent.is_some_and(|transparent| places.contains(&transparent)),
            ..luma::from_rgb(colours, wants_rgb)
        },
        remarks,
    };
    contents.decoded(channels)
}

fn explain(error: DecodingError) -> DecodeError {
    match error {
        DecodingError::UnexpectedEof => DecodeError::in_words(Format::Gif, "unexpected end"),
        DecodingError::MemoryLimit | DecodingError::OutOfMemory => {
            DecodeError::over_limits(Format::Gif, error)
        }
        // Of the data of an image, not of the file.
        DecodingError::Format(cause) if cause.to_string() == "image truncated" => {
            DecodeError::truncated(Format::Gif, "the first image has fewer pixels than are due")
        }
        error => DecodeError::in_words(Format::Gif, &error.to_string()),
    }
}

/// Whether a GIF has a second image. Walks the blocks (GIF89a specification, Appendix A) without decoding; a file
/// that ends early counts as far as it goes.
fn has_second_image(bytes: &[u8]) -> bool {
    let colour_table = |packed: u8| {
        if packed & 0x80 != 0 {
            3 << ((packed & 7) + 1)
        } else {
            0
        }
    };
    let walk = || -> Option<()> {
        let mut at = 13 + colour_table(*bytes.get(10)?);
        let mut images = 0;
        loop {
            at += match *bytes.get(at)? {
                0x21 => 2,
                0x2C => {
                    images += 1;
                    if images == 2 {
                        return Some(());
                    }
                    // Descriptor, local colour table, minimum code size.
                    10 + colour_table(*bytes.get(at + 9)?) + 1
                }
                _ => return None,
            };
            // Sub-blocks, each with its length in front, up to an empty one.
            loop {
                let length = usize::from(*bytes.get(at)?);
                at += 1 + length;
                if length == 0 {
                    break;
                }
            }
        }
    };
    walk().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_structures_have_no_second_image() {
        assert!(!has_second_image(b"GIF89a"));
        assert!(!has_second_image(b"GIF89a\x01\0\x01\0\0\0\0\x21\xf9\xff"));
    }
}
