//! What content is, by its first bytes.

use std::path::Path;

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
    if let Some(name) = foreign_image(bytes).or_else(|| is_video(bytes).then_some("MP4 or related video")) {
        return DecodeError::UnsupportedFormat { name };
    }
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
    DecodeError::NotAnImage { found }
}

/// The name of a format of images, or of pages, that is not decoded here. Signatures by the formats' own documents, and for
/// cameras by what their files begin with.
fn foreign_image(bytes: &[u8]) -> Option<&'static str> {
    Some(match bytes {
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', ..] => "AVIF",
        [_, _, _, _, b'f', b't', b'y', b'p', b'h' | b'm', b'e' | b'i', ..]
        | [_, _, _, _, b'f', b't', b'y', b'p', b'm', b's', b'f', b'1', ..] => "HEIF",
        [_, _, _, _, b'f', b't', b'y', b'p', b'c', b'r', b'x', b' ', ..] => "camera raw (CR3)",
        [
            b'F',
            b'U',
            b'J',
            b'I',
            b'F',
            b'I',
            b'L',
            b'M',
            b'C',
            b'C',
            b'D',
            b'-',
            b'R',
            b'A',
            b'W',
            ..,
        ] => "camera raw (RAF)",
        [b'I', b'I', b'R', b'O' | b'S', ..] | [b'M', b'M', b'O', b'R', ..] => "camera raw (ORF)",
        [b'I', b'I', b'U', 0, ..] => "camera raw (RW2)",
        [b'F', b'O', b'V', b'b', ..] => "camera raw (X3F)",
        [0, b'M', b'R', b'M', ..] => "camera raw (MRW)",
        [0xFF, 0x0A, ..] | [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] => "JPEG XL",
        [0, 0, 0, 12, b'j', b'P', b' ', b' ', ..] | [0xFF, 0x4F, 0xFF, 0x51, ..] => "JPEG 2000",
        [b'I', b'I', 0xBC, 1, ..] => "JPEG XR",
        [b'8', b'B', b'P', b'S', ..] => "Photoshop",
        [b'g', b'i', b'm', b'p', b' ', b'x', b'c', b'f', ..] => "GIMP",
        [b'%', b'P', b'D', b'F', ..] => "PDF",
        [b'%', b'!', b'P', b'S', ..] => "PostScript",
        [0x76, 0x2F, 0x31, 0x01, ..] => "OpenEXR",
        [b'#', b'?', b'R', b'A', b'D', b'I', b'A', b'N', b'C', b'E', ..] => "Radiance HDR",
        [b'D', b'D', b'S', b' ', ..] => "DDS",
        _ if is_svg(bytes) => "SVG",
        _ => return None,
    })
}

fn is_video(bytes: &[u8]) -> bool {
    matches!(bytes, [_, _, _, _, b'f', b't', b'y', b'p', ..])
}

/// The first element is `svg`; what may stand before it (declaration, comments, document type) is not read.
fn is_svg(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(CONTENT_BYTES)];
    let text = String::from_utf8_lossy(start);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let may_come_before = ["<?xml", "<!--", "<!DOCTYPE svg"];
    text.starts_with("<svg")
        || may_come_before
            .iter()
            .any(|beginning| text.starts_with(beginning))
            && (text.contains("<svg") || text.contains("<!DOCTYPE svg"))
}

/// Bytes from the start of a file that [`content`] wants to see, where there are so many.
pub const CONTENT_BYTES: usize = 256;

/// What a file holds, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// An image of a format that is decoded here.
    Image(Format),
    /// An image, or a page, of another format.
    UnsupportedImage(&'static str),
    /// Anything else.
    NoImage,
}

/// What a file holds whose name does not tell: by `start`, its first [`CONTENT_BYTES`], and its name where a signature is
/// shared (raw files of cameras are TIFF inside). TGA has no signature and is known by its name only.
pub fn content(start: &[u8], name: &Path) -> Content {
    match sniff(start) {
        Ok(format) => match camera_raw(name, format) {
            Some(raw) => Content::UnsupportedImage(raw),
            None if is_certain(format, start) => Content::Image(format),
            None => Content::NoImage,
        },
        Err(_) => foreign_image(start).map_or(Content::NoImage, Content::UnsupportedImage),
    }
}

/// Whether the start of a file without an image's name is more than by chance that of the format.
fn is_certain(format: Format, start: &[u8]) -> bool {
    match format {
        Format::Tga => false,
        // A number or a comment follows, or a PAM's first keyword; prose may begin with "P1 " as well.
        Format::Pnm => {
            let rest = start.get(2..).unwrap_or_default().trim_ascii_start();
            match start[1] {
                b'7' => ["WIDTH", "HEIGHT", "DEPTH", "MAXVAL", "TUPLTYPE", "#"]
                    .iter()
                    .any(|keyword| rest.starts_with(keyword.as_bytes())),
                _ => rest
                    .first()
                    .is_some_and(|byte| byte.is_ascii_digit() || *byte == b'#'),
            }
        }
        // The reserved byte of the first entry.
        Format::Ico => start.get(9) == Some(&0),
        _ => true,
    }
}

/// The kind of camera raw file that a TIFF with this name is: its first picture is but a small preview.
pub(super) fn camera_raw(name: &Path, format: Format) -> Option<&'static str> {
    if format != Format::Tiff {
        return None;
    }
    let extension = name.extension()?.to_str()?.to_ascii_lowercase();
    Some(match extension.as_str() {
        "dng" => "camera raw (DNG)",
        "cr2" => "camera raw (CR2)",
        "nef" | "nrw" => "camera raw (NEF)",
        "arw" | "sr2" | "srf" => "camera raw (ARW)",
        "pef" => "camera raw (PEF)",
        "srw" => "camera raw (SRW)",
        "3fr" | "fff" => "camera raw (3FR)",
        "iiq" => "camera raw (IIQ)",
        "erf" => "camera raw (ERF)",
        "mef" => "camera raw (MEF)",
        "mos" => "camera raw (MOS)",
        "dcr" | "kdc" => "camera raw (DCR)",
        "rwl" => "camera raw (RWL)",
        _ => return None,
    })
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
    fn a_file_without_an_images_name_is_known_by_its_start() {
        let of = |bytes: &[u8], name: &str| content(bytes, Path::new(name));
        for (bytes, format) in [
            (&b"\xFF\xD8\xFF\xE1\0\x10Exif"[..], Format::Jpeg),
            (b"\x89PNG\r\n\x1a\n", Format::Png),
            (b"II*\0\x08\0\0\0", Format::Tiff),
            (b"P5\n# by hand\n2 1 255\nab", Format::Pnm),
            (b"P7\nWIDTH 2\n", Format::Pnm),
            (b"\0\0\x01\0\x01\0\x10\x10\0\0\x01\0\x20\0", Format::Ico),
        ] {
            assert_eq!(of(bytes, "IMG_0001"), Content::Image(format));
        }
        for (bytes, name, said) in [
            (&b"\0\0\0\x18ftypheic"[..], "a", "HEIF"),
            (b"\0\0\0\x18ftypmsf1", "a", "HEIF"),
            (b"\0\0\0\x18ftypcrx ", "a.cr3", "camera raw (CR3)"),
            (b"II*\0\x08\0\0\0", "a.DNG", "camera raw (DNG)"),
            (b"MM\0*\0\0\0\x08", "a.nef", "camera raw (NEF)"),
            (b"II*\0\x10\0\0\0CR", "a.cr2", "camera raw (CR2)"),
            (b"IIU\0\x18\0\0\0", "a", "camera raw (RW2)"),
            (b"IIRO\x08\0\0\0", "a", "camera raw (ORF)"),
            (b"FUJIFILMCCD-RAW 0201", "a", "camera raw (RAF)"),
            (b"8BPS\0\x01", "a", "Photoshop"),
            (b"%PDF-1.7", "a", "PDF"),
            (b"<svg xmlns=\"http", "a", "SVG"),
            (
                b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- x -->\n<svg ",
                "a",
                "SVG",
            ),
        ] {
            assert_eq!(of(bytes, name), Content::UnsupportedImage(said));
        }
        for bytes in [
            &b""[..],
            b"\xFF\xD8",
            b"Dear Sir",
            b"P1 reports, see",
            b"P7 reports",
            b"<?xml version=\"1.0\"?><gpx>",
            b"<!DOCTYPE html><html><svg>",
            b"\0\x05\x16\x07\0\x02\0\0Mac OS X",
            b"\0\0\0\x18ftypisom",
            // A header that makes sense for TGA.
            b"\0\0\x02\0\0\0\0\0\0\0\0\0\x01\0\x01\0\x18\0",
        ] {
            assert_eq!(of(bytes, "a"), Content::NoImage, "{bytes:?}");
        }
        // Only a TIFF can be raw in disguise.
        assert_eq!(of(b"\xFF\xD8\xFF", "a.dng"), Content::Image(Format::Jpeg));
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
