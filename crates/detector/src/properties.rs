//! What is known of an image besides its picture.

use dftective_decode::Decoded;
use dftective_features::Workspace;
use dftective_spectrum::ResamplingTrace;

/// What is known of an image's file and of what was done to it; what is not known is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileProperties {
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
    /// Frequency of a trace of enlargement in cycles per pixel, see [`ResamplingTrace::frequency`]; 0 where there is
    /// none.
    pub resampling: Option<f64>,
}

impl FileProperties {
    /// Of a decoded image. Enlargement is known of images of 64 pixels and more on either side.
    pub fn of(image: &Decoded, workspace: &mut Workspace) -> Self {
        let source = &image.source;
        let jpeg = source.jpeg.as_ref();
        let trace = ResamplingTrace::find(&image.luma, &mut workspace.trace);
        let frequency = |trace: ResamplingTrace| {
            if trace.is_present() { trace.frequency } else { 0.0 }
        };
        Self {
            width: Some(source.width),
            height: Some(source.height),
            format: Some(source.format.to_string()),
            jpeg_quality: jpeg.and_then(|jpeg| jpeg.quality).map(u32::from),
            subsampling: jpeg
                .and_then(|jpeg| jpeg.subsampling)
                .map(|each| each.to_string()),
            resampling: trace.map(frequency),
        }
    }

    /// Width and height, pixels.
    pub fn size(&self) -> Option<(u32, u32)> {
        self.width.zip(self.height)
    }
}
