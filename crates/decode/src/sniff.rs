//! What content is, by its first bytes.

use super::error::one_line;
use super::{DecodeError, Format};

/// Tells the format from the first bytes.
pub(super) fn sniff(bytes: &[u8]) -> Result<Format, DecodeError> {
    let format = match bytes {
        [0xFF, 0xD8, 0xFF, ..] => Format::Jpeg,
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Format::Png,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Format::WebP,
        // 42 is classic TIFF, 43 BigTIFF.
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Format::Tiff,
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Format::Gif,
        [b'q', b'o', b'i', b'f', ..] => Format::Qoi,
        [b'P', b'1'..=b'7', b' ' | b'\t' | b'\r' | b'\n' | b'#', ..] => Format::Pnm,
        [0, 0, 1, 0, count_low, count_high, ..] if (*count_low, *count_high) != (0, 0) => Format::Ico,
        _ if is_bmp(bytes) => Format::Bmp,
        _ if is_tga(bytes) => Format::Tga,
        _ => return Err(unknown(bytes)),
    };
    Ok(format)
}

/// Two letters are too little to go by: the information header must be of a known size and, where the reserved words are
/// not zero, as the format wants them, all else must be as it must: one plane, and a depth that there is.
fn is_bmp(bytes: &[u8]) -> bool {
    let [
        b'B',
        b'M',
        _,
        _,
        _,
        _,
        reserved @ ..,
        _,
        _,
        _,
        _,
        size @ (12 | 16 | 40 | 52 | 56 | 64 | 108 | 124),
        0,
        0,
        0,
    ] = bytes.first_chunk::<18>().copied().unwrap_or_default()
    else {
        return false;
    };
    // The header of OS/2 has width and height of two bytes each.
    let planes = if size == 12 { 22 } else { 26 };
    let depths = [1, 2, 4, 8, 16, 24, 32];
    reserved == [0; 4]
        || matches!(bytes.get(planes..planes + 4), Some([1, 0, bits, 0]) if depths.contains(bits))
}

/// TGA has no signature at its start, so every header field must make sense: colour map and picture type agree,
/// known depths, a picture with pixels, no reserved bits.
fn is_tga(bytes: &[u8]) -> bool {
    let Some(header) = bytes.first_chunk::<18>() else {
        return false;
    };
    let [
        _,
        map_type,
        kind,
        map @ ..,
        _,
        _,
        _,
        _,
        w_low,
        w_high,
        h_low,
        h_high,
        depth,
        descriptor,
    ] = *header;
    let no_map = map == [0; 5];
    let consistent = match (map_type, kind) {
        (1, 1 | 9) => matches!(map[4], 15 | 16 | 24 | 32) && matches!(depth, 8 | 16),
        (0, 2 | 10) => no_map && matches!(depth, 15 | 16 | 24 | 32),
        (0, 3 | 11) => no_map && matches!(depth, 8 | 16),
        _ => false,
    };
    consistent && w_low | w_high != 0 && h_low | h_high != 0 && descriptor & 0xC0 == 0
}

fn unknown(bytes: &[u8]) -> DecodeError {
    let name = match bytes {
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', ..] => "AVIF",
        [_, _, _, _, b'f', b't', b'y', b'p', b'h' | b'm', b'e' | b'i', ..] => "HEIF",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "MP4 or related video",
        [0xFF, 0x0A, ..] | [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] => "JPEG XL",
        [0, 0, 0, 12, b'j', b'P', b' ', b' ', ..] | [0xFF, 0x4F, 0xFF, 0x51, ..] => "JPEG 2000",
        [b'8', b'B', b'P', b'S', ..] => "Photoshop",
        [b'%', b'P', b'D', b'F', ..] => "PDF",
        [0x76, 0x2F, 0x31, 0x01, ..] => "OpenEXR",
        [b'#', b'?', b'R', b'A', b'D', b'I', b'A', b'N', b'C', b'E', ..] => "Radiance HDR",
        [b'D', b'D', b'S', b' ', ..] => "DDS",
        _ => {
            let start = &bytes[..bytes.len().min(12)];
            let found = match std::str::from_utf8(start) {
                Ok(text) if !text.chars().any(|c| c.is_control() && !c.is_whitespace()) => {
                    format!("starts with the text \"{}\"", one_line(text))
                }
                _ => {
                    let hex: Vec<String> = start.iter().map(|byte| format!("{byte:02x}")).collect();
                    format!("starts with the bytes {}", hex.join(" "))
                }
            };
            return DecodeError::NotAnImage { found };
        }
    };
    DecodeError::UnsupportedFormat { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_image_is_named() {
        let said = |bytes: &[u8]| sniff(bytes).unwrap_err().to_string();
        assert_eq!(
            said(b"hello,\nworld of text"),
            "not an image: starts with the text \"hello, world\""
        );
        assert_eq!(
            said(&[0, 1, 2, 0xFF]),
            "not an image: starts with the bytes 00 01 02 ff"
        );
        assert_eq!(said(b"\0\0\0\x20ftypavif"), "unsupported image format: AVIF");
        assert_eq!(said(b"\0\0\0\x18ftypheic"), "unsupported image format: HEIF");
        assert_eq!(
            said(b"\0\0\0\x18ftypisom"),
            "unsupported image format: MP4 or related video"
        );
        assert_eq!(
            said(b"BMW is a maker of cars"),
            "not an image: starts with the text \"BMW is a mak\""
        );
        // A Windows cursor differs from an 18-byte TGA header only in fields that must be zero.
        let cursor = b"\0\0\x02\0\x01\0\x20\x20\0\0\0\0\0\0\x30\x01\0\0\x16\0\0\0";
        assert!(said(cursor).starts_with("not an image"));
    }

    #[test]
    fn reserved_words_of_a_bitmap_may_be_filled() {
        let header = |reserved: [u8; 4], size: u8, planes: u8, bits: u8| {
            let mut header = [&b"BM\x99\0\0\0"[..], &reserved, &[54, 0, 0, 0, size, 0, 0, 0]].concat();
            header.resize(if size == 12 { 22 } else { 26 }, 5);
            header.extend([planes, 0, bits, 0]);
            sniff(&header)
        };
        for size in [12, 40, 124] {
            for bits in [1, 4, 8, 16, 24, 32] {
                assert!(matches!(header([7, 0, 0, 9], size, 1, bits), Ok(Format::Bmp)));
            }
            assert!(header([7, 0, 0, 9], size, 2, 8).is_err());
            assert!(header([7, 0, 0, 9], size, 1, 7).is_err());
        }
        assert!(header([7, 0, 0, 9], 41, 1, 8).is_err());
    }

    #[test]
    fn every_prefix_of_a_signature_is_safe() {
        let signatures: [&[u8]; 4] = [
            b"\xFF\xD8\xFF",
            b"\x89PNG\r\n\x1a\n",
            b"RIFF\0\0\0\0WEBP",
            b"GIF89a",
        ];
        for signature in signatures {
            assert!(sniff(signature).is_ok());
            for end in 0..signature.len() {
                assert!(sniff(&signature[..end]).is_err());
            }
        }
    }
}
