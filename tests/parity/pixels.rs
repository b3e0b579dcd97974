//! The luma planes of all reference JPEGs against OpenCV's, to the bit.

use dftective::decode::{Limits, read};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::reference::{folder, jpegs};

/// Folder, number of files, and the digest OpenCV's pixels have, computed once with
///
/// ```python
/// digest = hashlib.sha256()
/// for file in sorted(glob.glob(folder + "/*.jpg")):
///     grey = cv2.imread(file, cv2.IMREAD_GRAYSCALE)
///     digest.update(np.array(grey.shape[::-1], "<u4").tobytes() + grey.tobytes())
/// ```
const FOLDERS: [(&str, usize, &str); 5] = [
    (
        "durall/celeba_fake",
        1000,
        "772bdaf31d7541c39004d8fa122d3990744bad776d819c710c70e9e92bc8c874",
    ),
    (
        "faces/sg1_256/fake",
        1000,
        "ef347b87fed117967b306a23842e9b21c9fdeec11cf289654c57b00cb8635451",
    ),
    (
        "faces/sg1_256/real",
        1000,
        "264a2c6a30f436fcfe66b6cad5ca498b563800064dd1b684a63b02c1c47a4b78",
    ),
    (
        "faces/sg2_1024_leaky/fake",
        80,
        "b200a1c3ab02c4c62be1ac8b2234d3c6416b223f42f0053e43eb4b32256a8455",
    ),
    (
        "faces/sg2_1024_leaky/real",
        80,
        "80512f191b2b0e941689cf862a5b16142a91a06063c9b4538ec5ea6a6527be6f",
    ),
];

#[test]
fn luma_equals_opencv() {
    for (name, count, digest) in FOLDERS {
        let Some(folder) = folder(name) else { continue };
        let files = jpegs(&folder);
        assert_eq!(files.len(), count, "{name}");
        let mut hash = Sha256::new();
        // A few at a time, so that no folder's pixels are held at once.
        for files in files.chunks(64) {
            let planes: Vec<_> = files
                .par_iter()
                .map(|file| read(file, &Limits::default()).unwrap().luma)
                .collect();
            for plane in planes {
                hash.update(plane.width().to_le_bytes());
                hash.update(plane.height().to_le_bytes());
                hash.update(plane.as_raw());
            }
        }
        let found: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found, digest, "{name}");
    }
}
