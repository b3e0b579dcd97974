//! Pictures and checks that several families share.

use std::fs;
use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, GrayImage, ImageFormat, Rgb, RgbImage};

use super::{Benford, DctStatistics, Families, Family, FamilyName, Selection, Workspace};
use dftective_decode::{
    Channels, Decoded, Format, Limits, SourceInfo, decode_channels, encode_jpeg, read_channels,
};
use dftective_sample::ErrorCode;
use dftective_spectrum::Recipe;

pub(super) const EVERYTHING: Channels = Channels {
    planes: true,
    rgb: true,
    coefficients: true,
};

/// As if from a PNG, decoded for luma only.
pub(super) fn decoded(luma: GrayImage) -> Decoded {
    let (width, height) = luma.dimensions();
    Decoded {
        luma,
        source: SourceInfo {
            width,
            height,
            format: Format::Png,
            jpeg: None,
            remarks: Vec::new(),
        },
        planes: None,
        rgb: None,
        coefficients: None,
    }
}

/// JPEGs of every kind and other pictures, of at least 16 pixels on either side, with everything decoded.
pub(super) fn fixtures() -> Vec<(String, Decoded)> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data");
    let mut found = Vec::new();
    for folder in ["jpeg", "raster"] {
        let mut paths: Vec<_> = fs::read_dir(data.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension != "py" && extension != "txt")
            })
            .collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            // The PNGs beside the JPEGs and the grey ones hold expected pixels.
            if name.ends_with(".grey.png") || (folder == "jpeg" && name.ends_with(".png")) {
                continue;
            }
            if let Ok(image) = read_channels(&path, &Limits::default(), EVERYTHING)
                && image.luma.width().min(image.luma.height()) >= 16
            {
                found.push((name, image));
            }
        }
    }
    assert!(found.len() > 20);
    found
}

/// Every image has finite features, as many as there are columns, and the same bits whatever the workspace was used
/// for before; they come after what was there.
pub(super) fn same_bits(family: &dyn Family, images: &[(String, Decoded)]) {
    let mut used = Workspace::default();
    for (name, image) in images.iter().chain(images.iter().rev()) {
        let (width, height) = image.luma.dimensions();
        let columns = family.columns(width, height).unwrap();
        let mut fresh = vec![-1.0];
        family
            .extract(image, &mut Workspace::default(), &mut fresh)
            .unwrap();
        assert_eq!((fresh[0], fresh.len()), (-1.0, 1 + columns.len()), "{name}");
        assert!(fresh.iter().all(|value| value.is_finite()), "{name}");
        let mut again = vec![-1.0];
        family.extract(image, &mut used, &mut again).unwrap();
        let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&fresh), bits(&again), "{name}");
    }
}

/// Luma and chroma decoded of a file whose pixels are all `colour`, in every way that such a picture is stored.
fn of_one_colour(colour: [u8; 3]) -> Vec<Decoded> {
    let pixels = RgbImage::from_pixel(144, 136, Rgb(colour));
    let mut files = vec![
        encode_jpeg(&pixels, 75).unwrap(),
        encode_jpeg(&pixels, 100).unwrap(),
    ];
    let mut pictures = vec![DynamicImage::from(pixels)];
    if colour[0] == colour[1] && colour[1] == colour[2] {
        pictures.push(pictures[0].to_luma8().into());
    }
    for picture in pictures {
        let mut file = Cursor::new(Vec::new());
        picture.write_to(&mut file, ImageFormat::Png).unwrap();
        files.push(file.into_inner());
    }
    let decode = |file: &Vec<u8>| decode_channels(file, &Limits::default(), EVERYTHING).unwrap();
    let mut images: Vec<Decoded> = files.iter().map(decode).collect();
    if images.len() > 3 {
        // A grey JPEG, which is what a picture without colours is saved as.
        let file = images[3].encode_jpeg(90).unwrap();
        images.push(decode(&file));
    }
    images
}

#[test]
fn a_picture_of_one_colour_is_an_error_in_every_family() {
    let mut workspace = Workspace::default();
    for colour in [[0; 3], [255; 3], [128; 3], [200, 30, 90]] {
        for image in of_one_colour(colour) {
            for name in FamilyName::ALL {
                for tiles in ["", " tiles=32"] {
                    let selection: Selection = format!("families={name}{tiles}").parse().unwrap();
                    if !tiles.is_empty() && selection.families() == [FamilyName::Sectors] {
                        continue;
                    }
                    let mut features = vec![1.0];
                    let error = Families::new(selection)
                        .extract(&image, &mut workspace, &mut features)
                        .unwrap_err();
                    assert_eq!(error.code(), ErrorCode::Constant, "{name} {colour:?}: {error}");
                    assert_eq!(features, [1.0]);
                }
            }
        }
    }
}

/// What a family reads may be constant in a picture that is not.
#[test]
fn what_is_constant_where_a_family_looks_is_an_error() {
    let varied = || {
        let pixels = RgbImage::from_fn(144, 136, |x, y| {
            Rgb([x * y % 251, y * 3, x * x / 7].map(|v| v as u8))
        });
        decode_channels(&encode_jpeg(&pixels, 90).unwrap(), &Limits::default(), EVERYTHING).unwrap()
    };
    let mut no_luma = varied();
    no_luma.luma = GrayImage::from_pixel(144, 136, image::Luma([90]));
    no_luma.planes.as_mut().unwrap().y.samples.fill(90.25);
    for block in no_luma
        .coefficients
        .as_mut()
        .unwrap()
        .values
        .as_chunks_mut::<64>()
        .0
    {
        *block = [0; 64];
        block[0] = -50;
    }
    let mut no_chroma = varied();
    for plane in no_chroma.planes.as_mut().unwrap().chroma.as_mut().unwrap() {
        plane.samples.fill(128.0);
    }
    let mut no_colour = varied();
    no_colour.rgb = Some(RgbImage::from_pixel(144, 136, Rgb([3, 2, 1])));
    for name in FamilyName::ALL {
        let family = name.build(&Recipe::default());
        let blind = match name {
            FamilyName::DctrChroma => &no_chroma,
            FamilyName::SpamRgb | FamilyName::Colour => &no_colour,
            _ => &no_luma,
        };
        let code = |image| {
            let mut features = Vec::new();
            let found = family.extract(image, &mut Workspace::default(), &mut features);
            found.err().map(|error| error.code())
        };
        assert_eq!(code(blind), Some(ErrorCode::Constant), "{name}");
        assert_eq!(code(&varied()), None, "{name}");
    }
}

/// Blocks without any wave have no digits to count, but levels that differ.
#[test]
fn a_mosaic_of_blocks_has_levels_and_no_digits() {
    let mosaic = RgbImage::from_fn(144, 136, |x, y| Rgb([((x / 8 * 37 + y / 8 * 11) % 256) as u8; 3]));
    let file = encode_jpeg(&mosaic, 100).unwrap();
    let image = decode_channels(&file, &Limits::default(), EVERYTHING).unwrap();
    let mut features = Vec::new();
    let mut extract = |family: &dyn Family| family.extract(&image, &mut Workspace::default(), &mut features);
    let error = extract(&Benford).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Constant, "{error}");
    extract(&DctStatistics).unwrap();
}
