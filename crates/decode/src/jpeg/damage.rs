//! Damage that leaves a picture.

use std::fmt;

/// What is wrong with a JPEG that has all its pixels nonetheless. Each is something that libjpeg warns of and reads over:
/// entropy-coded data have no checksum, so such a warning may be all that tells of pixels that are not the picture's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum JpegDamage {
    /// Bytes that belong to nothing: between segments, or left over where compressed data should end. A wrong bit can
    /// make them, as the decoder then takes fewer bits than there are.
    SurplusBytes,
    /// The header of a sequential scan asks for what only progressive pictures have.
    ScanHeader,
    /// A progressive scan sends fine detail of a component before its coarsest.
    ScanOrder,
    /// The file says to be of a version of JFIF that there is not (its major number).
    JfifVersion(u8),
    /// The file names a colour transform that there is not (the number in Adobe's segment).
    ColourTransform(u8),
}

impl fmt::Display for JpegDamage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SurplusBytes => f.write_str("bytes that belong to nothing"),
            Self::ScanHeader => f.write_str("a scan header that fits no sequential JPEG"),
            Self::ScanOrder => f.write_str("scans in the wrong order"),
            Self::JfifVersion(major) => write!(f, "unknown JFIF version {major}"),
            Self::ColourTransform(number) => write!(f, "unknown colour transform {number}"),
        }
    }
}
