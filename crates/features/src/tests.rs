//! Pictures and checks that several families share.

use std::fs;
use std::path::Path;

use image::GrayImage;

use super::{Family, Workspace};
use dftective_decode::{Channels, Decoded, Format, Limits, SourceInfo, read_channels};

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
