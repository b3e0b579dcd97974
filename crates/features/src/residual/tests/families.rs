//! The families: names, definition, edges.

use std::collections::HashSet;
use std::fs::File;
use std::path::Path;

use image::GrayImage;
use zip::ZipArchive;

use super::*;
use crate::{Dctr, DctrChroma, DctrNoPhase, Family, FeatureError, FixedFamily, Gfr, Workspace};
use dftective_decode::{Decoded, Format, Planes, SourceInfo};

fn families() -> [Box<dyn Family>; 4] {
    [
        Box::new(Dctr),
        Box::new(DctrNoPhase),
        Box::new(DctrChroma),
        Box::new(Gfr::new()),
    ]
}

fn decoded(y: Plane, chroma: Option<[Plane; 2]>, grid: (u8, u8)) -> Decoded {
    let (width, height) = (y.width as u32, y.height as u32);
    Decoded {
        luma: GrayImage::new(width, height),
        source: SourceInfo {
            width,
            height,
            format: Format::Jpeg,
            jpeg: None,
            remarks: Vec::new(),
        },
        planes: Some(Planes { y, chroma, grid }),
        rgb: None,
        coefficients: None,
    }
}

fn extract(
    family: &dyn Family,
    image: &Decoded,
    workspace: &mut Workspace,
) -> Result<Vec<f64>, FeatureError> {
    let mut features = Vec::new();
    family.extract(image, workspace, &mut features).map(|()| features)
}

/// `crates/features/fixtures/residual.py` says how the file was made.
struct Fixture(ZipArchive<File>);

impl Fixture {
    fn open() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/residual.npz");
        Self(ZipArchive::new(File::open(path).unwrap()).unwrap())
    }

    fn plane(&mut self, name: &str) -> Plane {
        let array = npyz::NpyFile::new(self.0.by_name(&format!("{name}.npy")).unwrap()).unwrap();
        let (height, width) = (array.shape()[0] as usize, array.shape()[1] as usize);
        Plane {
            width,
            height,
            samples: array.into_vec().unwrap(),
        }
    }

    fn relative(&mut self, name: &str) -> Vec<f64> {
        let array = npyz::NpyFile::new(self.0.by_name(&format!("{name}.npy")).unwrap()).unwrap();
        let counts: Vec<u16> = array.into_vec().unwrap();
        let relative = |bins: &[u16; BINS]| {
            let total: u16 = bins.iter().sum();
            bins.map(|count| {
                if total == 0 {
                    0.0
                } else {
                    f64::from(count) / f64::from(total)
                }
            })
        };
        counts.as_chunks().0.iter().flat_map(relative).collect()
    }
}

/// The fixture's responses lie so far from every step that counts, and so features, are equal.
#[test]
fn features_are_those_of_the_definition() {
    let mut fixture = Fixture::open();
    let [y, cb, cr] = ["y", "cb", "cr"].map(|name| fixture.plane(name));
    let image = decoded(y, Some([cb, cr]), (3, 6));
    let mut workspace = Workspace::default();
    for (family, name) in families().iter().zip(["dctr", "dctr_np", "dctr_c", "gfr"]) {
        let features = extract(family.as_ref(), &image, &mut workspace).unwrap();
        assert!(features == fixture.relative(name), "{name}");
    }
}

#[test]
fn names_are_told_apart_and_as_many_as_features() {
    let chroma = [plane(15, 13, Content::Waves), plane(15, 13, Content::Noise)];
    let image = decoded(plane(30, 26, Content::Waves), Some(chroma), (0, 0));
    let mut all = HashSet::new();
    let first_and_last = [
        ("dctr_k0_l0_y0_x0_v0", "dctr_k7_l7_y4_x4_v4"),
        ("dctr-np_q1_k0_l1_v0", "dctr-np_q4_k7_l7_v4"),
        ("dctr-c_cb_k0_l1_y0_x0_v0", "dctr-c_cr_k7_l7_y4_x4_v4"),
        ("gfr_s0.5_even_t0_y0_x0_v0", "gfr_s1.25_odd_t8_y4_x4_v4"),
    ];
    let lengths = [8000, 630, 15750, 9000];
    for ((family, (first, last)), length) in families().iter().zip(first_and_last).zip(lengths) {
        let columns = family.columns(30, 26).unwrap();
        assert_eq!(columns.len(), length);
        assert_eq!([columns[0].as_str(), columns[length - 1].as_str()], [first, last]);
        assert_eq!(family.fixed_columns(), Some(columns.clone()));
        let features = extract(family.as_ref(), &image, &mut Workspace::default()).unwrap();
        assert_eq!(features.len(), length);
        assert!(family.channels().planes && family.is_histogram());
        all.extend(columns);
    }
    assert_eq!(all.len(), lengths.iter().sum::<usize>());
    let settings: Vec<String> = families().iter().map(|family| family.settings()).collect();
    assert_eq!(
        settings,
        ["q=4", "q=1,4", "q=1.5", "sigma=0.5,0.75,1,1.25 q=2,4,6,8"]
    );
}

#[test]
fn names_tell_the_frequency() {
    assert_eq!(Dctr::frequency("dctr_k3_l5_y1_x4_v2"), Some((3, 5)));
    assert_eq!(DctrNoPhase::frequency("dctr-np_q4_k0_l7_v2"), Some((0, 7)));
    assert_eq!(DctrChroma::frequency("dctr-c_cr_k2_l0_y1_x4_v2"), Some((2, 0)));
    for other in [
        "dctr-np_q4_k0_l7_v2",
        "dctr-c_cr_k2_l0_y1_x4_v2",
        "gfr_s1_odd_t2_y0_x0_v0",
        "dctr_",
    ] {
        assert_eq!(Dctr::frequency(other), None);
    }
}

/// Classes of a plane of a few responses: those it has add up to one, the others are all zeros.
#[test]
fn classes_without_a_response_are_zeros() {
    // Two by one responses, at columns 7 and 0 of row 3 of their blocks: classes (3, 1) and (3, 0).
    let chroma = [plane(9, 8, Content::Waves), plane(9, 8, Content::Noise)];
    let image = decoded(plane(9, 8, Content::Noise), Some(chroma), (7, 3));
    let [dctr, dctr_np, dctr_c, gfr] = families();
    let mut workspace = Workspace::default();
    for family in [dctr, dctr_c, gfr] {
        let features = extract(family.as_ref(), &image, &mut workspace).unwrap();
        for classes in features.as_chunks::<BINS>().0.chunks(CLASSES) {
            for (class, bins) in classes.iter().enumerate() {
                let expected = if class == 3 * DISTANCES || class == 3 * DISTANCES + 1 {
                    1.0
                } else {
                    0.0
                };
                assert_eq!(bins.iter().sum::<f64>(), expected, "{} {class}", family.name());
            }
        }
    }
    let features = extract(dctr_np.as_ref(), &image, &mut workspace).unwrap();
    assert!(
        features
            .as_chunks::<BINS>()
            .0
            .iter()
            .all(|bins| bins.iter().sum::<f64>() == 1.0)
    );
}

#[test]
fn a_used_workspace_changes_no_bit() {
    let mut used = Workspace::default();
    for (width, height) in [(40, 33), (8, 8), (300, 11), (40, 33), (11, 300)] {
        for content in CONTENTS {
            let chroma = [
                plane(width, height, content),
                plane(width, height, Content::Noise),
            ];
            let image = decoded(plane(width, height, content), Some(chroma), (1, 2));
            for family in families() {
                let fresh = extract(family.as_ref(), &image, &mut Workspace::default());
                let again = extract(family.as_ref(), &image, &mut used);
                assert!(fresh.is_ok() || matches!(content, Content::Flat));
                assert!(fresh == again, "{} {width}x{height} {content:?}", family.name());
            }
        }
    }
}

#[test]
fn what_cannot_be_described_is_an_error_and_adds_nothing() {
    let mut workspace = Workspace::default();
    let mut features = vec![1.0];
    let small = |width, height| {
        Some([
            plane(width, height, Content::Noise),
            plane(width, height, Content::Noise),
        ])
    };
    let grey = decoded(plane(16, 16, Content::Noise), None, (0, 0));
    let halved = decoded(plane(14, 14, Content::Noise), small(7, 7), (0, 0));
    let low = decoded(plane(16, 7, Content::Noise), small(16, 7), (0, 0));
    let mut undecoded = grey.clone();
    undecoded.planes = None;
    for family in families() {
        let name = family.name();
        let chroma = name == DctrChroma::NAME;
        let mut error = |image| {
            let outcome = family.extract(image, &mut workspace, &mut features);
            if outcome.is_err() {
                assert_eq!(features, [1.0]);
            }
            features.truncate(1);
            outcome.err().map(|error| error.to_string())
        };
        let grey = error(&grey);
        let expected = format!("no colour for {name}: the picture is grey");
        assert_eq!(grey, chroma.then_some(expected));
        let halved = error(&halved);
        let expected = format!("image too small for {name}: 7x7 pixels, 8 needed on either side");
        assert_eq!(halved, chroma.then_some(expected));
        let expected = format!("image too small for {name}: 16x7 pixels, 8 needed on either side");
        assert_eq!(error(&low), Some(expected.clone()));
        assert_eq!(family.columns(16, 7).unwrap_err().to_string(), expected);
        let expected = format!("{name} needs planes, and the image was decoded without");
        assert_eq!(error(&undecoded), Some(expected));
    }
}
