//! DCTR and GFR of JPEG files, bit for bit those of an independent implementation.
//!
//! Digests: the first eight bytes of SHA-256 over the features as little-endian doubles, made with NumPy 2.4.6 and
//! OpenCV 5.0.0 from the coefficients that jpeglib 1.0.2 reads: 8 × 8 inverse DCT by `einsum`, `filter2D` in single
//! precision, `rint`, `bincount`.

use dftective::decode::{Channels, Limits, read_channels};
use dftective::features::{Dctr, DctrChroma, DctrNoPhase, Family, Gfr, Workspace};
use sha2::{Digest, Sha256};

use crate::reference::folder;

/// File, then the digests of dctr, dctr-np, dctr-c and gfr.
const DIGESTS: &[(&str, [&str; 4])] = &[
    (
        "sg1_256/fake/00AUP94LQS.jpg",
        [
            "753737d9c1c4b324",
            "7b0fee00193b2701",
            "083321e8f7c1b7dd",
            "072ddb93f8226f44",
        ],
    ),
    (
        "sg1_256/fake/0G9JY637ZG.jpg",
        [
            "43ab9957295ed901",
            "4a6daa710d07d461",
            "4527a93916201d48",
            "8735c2834794ee63",
        ],
    ),
    (
        "sg1_256/fake/0NCTNUBL8I.jpg",
        [
            "fe3e8f29f60b730b",
            "f96bef333635745d",
            "ca4b6578c56f03dd",
            "18f21bda886b89b3",
        ],
    ),
    (
        "sg1_256/fake/0UUAD2H96A.jpg",
        [
            "9d9dad7ed1526946",
            "a820d34087c06c71",
            "2c5018350313e689",
            "18c144c02fef3626",
        ],
    ),
    (
        "sg1_256/real/00000.jpg",
        [
            "3ff422ab2d6fdf1e",
            "7a4d35e22b243cb9",
            "bcc2aa4679156ec0",
            "c441dfb7412e84f8",
        ],
    ),
    (
        "sg1_256/real/00250.jpg",
        [
            "8171585cd6c03b69",
            "9835b1b8fb31ac99",
            "5c24598be8840004",
            "f63b824218a6bae3",
        ],
    ),
    (
        "sg1_256/real/00500.jpg",
        [
            "d06cf29e36e1b43b",
            "f96e1998ab505ae1",
            "7c8104629b2c678f",
            "d2331722137235ce",
        ],
    ),
    (
        "sg1_256/real/00750.jpg",
        [
            "3a48733ca4f4120c",
            "7fbb42a830206efc",
            "4a59084fc1a7e5f6",
            "9b4872b07d6edc15",
        ],
    ),
    (
        "sg2_1024_leaky/fake/fake_0.jpg",
        [
            "f7ff61d67c02866d",
            "e2df5c42d1233100",
            "31ccb6cc6a57b1f8",
            "7168a546e946df80",
        ],
    ),
    (
        "sg2_1024_leaky/real/0.jpg",
        [
            "75dbfb2dbaf9ee65",
            "786eb6521f2e7dfc",
            "0c1be10a2749f5d0",
            "c533bb1e4546a98a",
        ],
    ),
];

fn digest(features: &[f64]) -> String {
    let mut hash = Sha256::new();
    for value in features {
        hash.update(value.to_le_bytes());
    }
    hash.finalize()[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn features_of_faces_are_the_same_bits() {
    let Some(root) = folder("faces") else { return };
    let families: [Box<dyn Family>; 4] = [
        Box::new(Dctr),
        Box::new(DctrNoPhase),
        Box::new(DctrChroma),
        Box::new(Gfr::new()),
    ];
    let mut workspace = Workspace::default();
    let mut compared = 0;
    for (file, expected) in DIGESTS {
        let path = root.join(file);
        if !path.is_file() {
            println!("skipped: no {file}");
            continue;
        }
        let channels = families.iter().fold(Channels::default(), |channels, family| {
            channels | family.channels()
        });
        let image = read_channels(&path, &Limits::default(), channels).unwrap();
        for (family, expected) in families.iter().zip(expected) {
            let mut features = Vec::new();
            family.extract(&image, &mut workspace, &mut features).unwrap();
            assert_eq!(digest(&features), *expected, "{} of {file}", family.name());
            compared += 1;
        }
    }
    println!("{compared} feature vectors compared");
}
