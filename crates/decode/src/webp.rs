//! WebP: the first picture of a file as a file of its own, for the decoder of the `image` crate.
//!
//! That decoder refuses an extended file whose header announces Exif or XMP data that are not there, and blends an
//! animation's first picture with a screen of its own making. Of a file made of the picture's own chunks there is
//! nothing to refuse and nothing to blend (RFC 9649, section 2).

use std::borrow::Cow;

use super::{DecodeError, Format};

/// A picture's chunks as a file of their own, and what the file around them says of it.
pub(super) struct FirstPicture<'a> {
    pub file: Cow<'a, [u8]>,
    /// Width and height that the picture must have; `None` where it alone says so.
    pub size: Option<(u32, u32)>,
    /// Width and height of the screen of which an animation's first picture is a part; `None` where it is the whole.
    pub screen: Option<(u32, u32)>,
    /// Whether it is the first of an animation.
    pub is_animated: bool,
    pub exif: Option<&'a [u8]>,
}

/// Flags of the extended header.
const ALPHA: u8 = 0x10;
const ANIMATION: u8 = 0x02;
/// Bytes of an animated picture's place, size, duration and flags.
const FRAME_HEADER: usize = 16;

/// Finds the first picture of `bytes`, which begin as a WebP does.
pub(super) fn first_picture(bytes: &[u8]) -> Result<FirstPicture<'_>, DecodeError> {
    let chunks = Chunks(bytes.get(12..).unwrap_or_default());
    let Some((b"VP8X", header)) = chunks.clone().next() else {
        return Ok(FirstPicture {
            file: Cow::Borrowed(bytes),
            size: None,
            screen: None,
            is_animated: false,
            exif: None,
        });
    };
    let ([flags, _, _, _, screen @ ..], _) = header.split_first_chunk::<10>().ok_or_else(truncated)?;
    let screen = size(screen);
    let first = |name: &[u8; 4]| {
        chunks
            .clone()
            .find(|(found, _)| *found == name)
            .map(|(_, content)| content)
    };
    let exif = first(b"EXIF");
    let frame = first(b"ANMF").filter(|_| flags & ANIMATION != 0);
    let Some(frame) = frame else {
        return Ok(FirstPicture {
            file: Cow::Owned(file_of(chunks, screen)?),
            size: Some(screen),
            screen: None,
            is_animated: false,
            exif,
        });
    };
    let (header, chunks) = frame.split_first_chunk::<FRAME_HEADER>().ok_or_else(truncated)?;
    let [_, _, _, _, _, _, extent @ .., _, _, _, _] = header;
    let size = size(extent);
    Ok(FirstPicture {
        file: Cow::Owned(file_of(Chunks(chunks), size)?),
        size: Some(size),
        // Within the screen, so that one of its size is the whole of it.
        screen: (size != screen).then_some(screen),
        is_animated: true,
        exif,
    })
}

/// Width and height, each less 1 in three bytes.
fn size(fields: &[u8; 6]) -> (u32, u32) {
    let [a, b, c, d, e, f] = *fields;
    let side = |low, middle, high| u32::from_le_bytes([low, middle, high, 0]) + 1;
    (side(a, b, c), side(d, e, f))
}

/// A file of the first picture among chunks: of the simple kind, or with its alpha.
fn file_of(chunks: Chunks, (width, height): (u32, u32)) -> Result<Vec<u8>, DecodeError> {
    let mut alpha = None;
    for (name, content) in chunks {
        match name {
            b"ALPH" => alpha = alpha.or(Some(content)),
            b"VP8L" => return Ok(riff(&[(name, content)])),
            b"VP8 " => {
                let Some(alpha) = alpha else {
                    return Ok(riff(&[(name, content)]));
                };
                let [a, b, c, _] = (width - 1).to_le_bytes();
                let [d, e, f, _] = (height - 1).to_le_bytes();
                let header = [ALPHA, 0, 0, 0, a, b, c, d, e, f];
                return Ok(riff(&[(b"VP8X", &header), (b"ALPH", alpha), (name, content)]));
            }
            _ => {}
        }
    }
    Err(DecodeError::corrupt(
        Format::WebP,
        "no picture where its header says one is",
    ))
}

fn riff(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
    for (name, content) in chunks {
        file.extend(*name);
        file.extend((content.len() as u32).to_le_bytes());
        file.extend(*content);
        file.resize(file.len().next_multiple_of(2), 0);
    }
    let size = (file.len() - 8) as u32;
    file[4..8].copy_from_slice(&size.to_le_bytes());
    file
}

/// Name and content of chunk after chunk. Of one that the file ends in there is what there is.
#[derive(Clone)]
struct Chunks<'a>(&'a [u8]);

impl<'a> Iterator for Chunks<'a> {
    type Item = (&'a [u8; 4], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, rest) = self.0.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        let content = &rest[..length.min(rest.len())];
        self.0 = rest.get(length.next_multiple_of(2)..).unwrap_or_default();
        Some((name, content))
    }
}

fn truncated() -> DecodeError {
    DecodeError::truncated(Format::WebP, "the file ends before the picture does")
}
