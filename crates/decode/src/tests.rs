//! Tests of the whole room. The pictures come from our own encoders and from `data/`.

mod channels;
mod damage;
mod files;
mod formats;
mod gif;
mod runs;
mod tiff;
mod tiff_file;
mod webp;

use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, GrayImage, ImageFormat, RgbImage};

use super::luma::grey;
use super::{DecodeError, Decoded, Format, Limits, decode};

fn read(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    decode(bytes, &Limits::default())
}

/// 240 pixels of different colours, few enough for GIF's palette.
fn colours() -> RgbImage {
    RgbImage::from_fn(16, 15, |x, y| {
        image::Rgb([(x * 17) as u8, (y * 18) as u8, (x * 16 + y) as u8])
    })
}

fn grey_of(colours: &RgbImage) -> GrayImage {
    GrayImage::from_fn(colours.width(), colours.height(), |x, y| {
        image::Luma([grey(colours.get_pixel(x, y).0)])
    })
}

fn encode(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// One colour picture in every format but JPEG.
fn encoded_colours() -> Vec<(Format, Vec<u8>)> {
    let rgb = DynamicImage::from(colours());
    let rgba = DynamicImage::from(rgb.to_rgba8());
    vec![
        (Format::Png, encode(&rgb, ImageFormat::Png)),
        (Format::WebP, encode(&rgb, ImageFormat::WebP)),
        (Format::Tiff, encode(&rgb, ImageFormat::Tiff)),
        (Format::Bmp, encode(&rgb, ImageFormat::Bmp)),
        (Format::Gif, encode(&rgba, ImageFormat::Gif)),
        (Format::Pnm, encode(&rgb, ImageFormat::Pnm)),
        (Format::Tga, encode(&rgb, ImageFormat::Tga)),
        (Format::Qoi, encode(&rgb, ImageFormat::Qoi)),
        (Format::Ico, encode(&rgba, ImageFormat::Ico)),
    ]
}

/// Name and bytes of every picture in a folder of `data/`.
fn data(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../data")
        .join(folder);
    let mut pictures = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if super::has_image_extension(&path) && !name.ends_with(".grey.png") {
            pictures.push((name, fs::read(path).unwrap()));
        }
    }
    pictures.sort();
    assert!(!pictures.is_empty());
    pictures
}
