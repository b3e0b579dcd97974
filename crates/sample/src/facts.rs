//! What is known of an image's file besides its picture.

/// What is known of an image's file and of what was done to it; what is not known is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileFacts {
    /// Width, pixels.
    pub width: Option<u32>,
    /// Height, pixels.
    pub height: Option<u32>,
    /// Format found in the content.
    pub format: Option<String>,
    /// Estimated JPEG quality, 1 to 100.
    pub jpeg_quality: Option<u32>,
    /// Chroma subsampling of a JPEG with colour, as `4:2:0`.
    pub subsampling: Option<String>,
    /// Frequency of a trace of enlargement, cycles per pixel; 0 where there is none.
    pub resampling: Option<f64>,
    /// Whether the decoder found that pixels are not in the file, or may not be those that were stored. Tables of features do
    /// not keep it.
    pub is_defective: bool,
}

impl FileFacts {
    /// Width and height, pixels.
    pub fn size(&self) -> Option<(u32, u32)> {
        self.width.zip(self.height)
    }
}
