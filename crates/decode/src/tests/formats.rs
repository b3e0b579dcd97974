use std::path::Path;

use image::{DynamicImage, ImageBuffer, ImageFormat, Luma, LumaA, Rgb};

use super::*;
use crate::Remark;

#[test]
fn one_picture_gives_one_plane_in_every_format() {
    let expected = grey_of(&colours());
    for (format, bytes) in encoded_colours() {
        let decoded = read(&bytes).unwrap_or_else(|error| panic!("{format}: {error}"));
        assert_eq!(decoded.source.format, format);
        assert!(decoded.luma == expected, "{format}: other pixels");
        assert_eq!(decoded.source.remarks, [], "{format}");
        assert_eq!((decoded.source.width, decoded.source.height), (16, 15));
        assert_eq!(decoded.source.jpeg, None);
    }
}

#[test]
fn grey_samples_stay_as_they_are() {
    let plane = GrayImage::from_fn(16, 16, |x, y| Luma([(16 * y + x) as u8]));
    for format in [
        ImageFormat::Png,
        ImageFormat::Tiff,
        ImageFormat::Bmp,
        ImageFormat::Pnm,
        ImageFormat::Tga,
        ImageFormat::WebP,
    ] {
        let decoded = read(&encode(&plane.clone().into(), format)).unwrap();
        assert!(decoded.luma == plane, "{format:?}");
    }
}

#[test]
fn sixteen_bits_keep_their_high_byte() {
    let value = |x: u32, y: u32| (x * 4099 + y * 257 + 200) as u16;
    let grey16 = DynamicImage::from(ImageBuffer::from_fn(9, 7, |x, y| Luma([value(x, y)])));
    let rgb16 = DynamicImage::from(ImageBuffer::from_fn(9, 7, |x, y| {
        Rgb([value(x, y), value(y, x), value(x, x)])
    }));
    for format in [ImageFormat::Png, ImageFormat::Tiff, ImageFormat::Pnm] {
        let decoded = read(&encode(&grey16, format)).unwrap();
        assert_eq!(decoded.source.remarks, [Remark::SamplesReduced(16)], "{format:?}");
        for (x, y, pixel) in decoded.luma.enumerate_pixels() {
            assert_eq!(pixel.0, [(value(x, y) >> 8) as u8], "{format:?}");
        }
        let decoded = read(&encode(&rgb16, format)).unwrap();
        assert_eq!(decoded.source.remarks, [Remark::SamplesReduced(16)], "{format:?}");
        for (x, y, pixel) in decoded.luma.enumerate_pixels() {
            let high = [value(x, y), value(y, x), value(x, x)].map(|v| (v >> 8) as u8);
            assert_eq!(pixel.0, [grey(high)], "{format:?}");
        }
    }
}

#[test]
fn alpha_is_remarked_on_only_where_it_shows() {
    for (alpha, remarks) in [(255, vec![]), (254, vec![Remark::AlphaIgnored])] {
        let picture = DynamicImage::from(ImageBuffer::from_pixel(3, 2, LumaA([90u8, alpha])));
        let decoded = read(&encode(&picture, ImageFormat::Png)).unwrap();
        assert_eq!(decoded.source.remarks, remarks);
        assert_eq!(decoded.luma.as_raw(), &[90; 6]);
    }
}

#[test]
fn unusual_kinds_decode_to_the_expected_grey() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/raster");
    for (name, bytes) in data("raster") {
        let result = read(&bytes);
        if name == "float.tiff" {
            let error = result.unwrap_err();
            assert!(
                matches!(
                    error,
                    DecodeError::Unsupported {
                        format: Format::Tiff,
                        ..
                    }
                ),
                "{name}: {error}"
            );
            continue;
        }
        let decoded = result.unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = image::open(folder.join(format!("{name}.grey.png")))
            .unwrap()
            .into_luma8();
        assert_eq!(decoded.luma.dimensions(), expected.dimensions(), "{name}");
        let most = decoded
            .luma
            .iter()
            .zip(expected.iter())
            .map(|(a, b)| a.abs_diff(*b))
            .max();
        // CMYK's quotient may be rounded either way in each of R, G, B: at most one level of their mean.
        let tolerance = if name == "cmyk.tiff" { 1 } else { 0 };
        assert!(most <= Some(tolerance), "{name}: off by {most:?}");
        let remarks = match name.as_str() {
            "alpha.png" | "alpha.webp" => vec![Remark::AlphaIgnored],
            "animated.gif" | "animated.png" | "animated.webp" => vec![Remark::FirstFrameOnly],
            "grey16.png" => vec![Remark::SamplesReduced(16)],
            "pages.tiff" => vec![Remark::FirstPageOnly],
            "oriented.tiff" => vec![Remark::OrientationNotApplied(8)],
            "cmyk.tiff" => vec![Remark::CmykConverted],
            "sizes.ico" => vec![Remark::LargestIconOnly],
            _ => vec![],
        };
        assert_eq!(decoded.source.remarks, remarks, "{name}");
    }
}

#[test]
fn portable_maps_are_scaled_to_full_range_and_bits_inverted() {
    assert_eq!(
        read(b"P2\n3 1\n15\n0 7 15\n").unwrap().luma.as_raw(),
        &[0, 119, 255]
    );
    assert_eq!(
        read(b"P1\n# a comment\n2 1\n1 0\n").unwrap().luma.as_raw(),
        &[0, 255]
    );
}

#[test]
fn remarks_speak_plainly() {
    let name = Remark::MisleadingName {
        extension: "jpg".into(),
        format: Format::Png,
    };
    assert_eq!(name.to_string(), "named .jpg but is png");
    assert_eq!(
        Remark::OrientationNotApplied(6).to_string(),
        "orientation tag 6 not applied"
    );
}
