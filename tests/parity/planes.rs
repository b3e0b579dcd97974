//! Planes and colour of reference JPEGs, to the bit.

use dftective::decode::{Channels, Limits, read_channels};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::reference::{folder, jpegs};

/// Folder, the digest that the reference implementation's planes have for its first hundred files, and OpenCV's
/// colour pixels, computed once with
///
/// ```python
/// from families import load  # the reference implementation
/// planes, colour = hashlib.sha256(), hashlib.sha256()
/// for file in sorted(glob.glob(folder + "/*.jpg"))[:100]:
///     bgr, *y_cb_cr = load(file)
///     for plane in y_cb_cr:
///         planes.update(np.array(plane.shape[::-1], "<u4").tobytes() + plane.astype("<f4").tobytes())
///     colour.update(np.ascontiguousarray(bgr[..., ::-1]).tobytes())
/// ```
const FOLDERS: [(&str, &str, &str); 4] = [
    (
        "faces/sg1_256/fake",
        "13ac8fc4a68b6b14bae4ea6fa576983f60a0ce1ff174e162aec66719da20ab99",
        "d5d7fca18c64d562a2c0cc505446cb9ee9a7e0ebe923e28bde721660291c2295",
    ),
    (
        "faces/sg1_256/real",
        "81733f31e1bae1f50bd15817e4b6e461025d8a26087225d6e44fe7b7e7f3745c",
        "c05b014cc777aff2d53e2a8ab1e829adb92baea873f2d39785fe94567b731dd0",
    ),
    (
        "faces/sg2_1024_leaky/fake",
        "35349a4ba2f33069728a63a5fd4026ca8a14a9fb7193a7770f977152bbb2ceec",
        "53cd046f0da1428139741e93bedb446d046a05f93257454630a7a77f7918009a",
    ),
    (
        "faces/sg2_1024_leaky/real",
        "ac4ef384e1e9c66b7ba1ba09d2c8f0e051f5470fa1150ac3807d719ad3a92511",
        "8cef1184f6a536845c153ea1f2693eae96da3071287e2121cea8f4f0be44e35b",
    ),
];

#[test]
fn planes_and_colour_equal_the_reference() {
    let channels = Channels {
        planes: true,
        rgb: true,
        ..Channels::default()
    };
    for (name, planes, colour) in FOLDERS {
        let Some(folder) = folder(name) else { continue };
        let (mut found_planes, mut found_colour) = (Sha256::new(), Sha256::new());
        // A few at a time, so that no folder's planes are held at once.
        for files in jpegs(&folder)[..].chunks(20).take(5) {
            let images: Vec<_> = files
                .par_iter()
                .map(|file| read_channels(file, &Limits::default(), channels).unwrap())
                .collect();
            for image in images {
                let planes = image.planes.unwrap();
                for plane in std::iter::once(&planes.y).chain(planes.chroma.iter().flatten()) {
                    found_planes.update((plane.width as u32).to_le_bytes());
                    found_planes.update((plane.height as u32).to_le_bytes());
                    let bytes: Vec<u8> = plane.samples.iter().flat_map(|v| v.to_le_bytes()).collect();
                    found_planes.update(&bytes);
                }
                found_colour.update(image.rgb.unwrap().as_raw());
            }
        }
        let hex = |hash: Sha256| -> String { hash.finalize().iter().map(|b| format!("{b:02x}")).collect() };
        assert_eq!(hex(found_planes), planes, "{name}: planes");
        assert_eq!(hex(found_colour), colour, "{name}: colour");
    }
}
