//! What is known of an image besides its picture.

use dftective_decode::{Decoded, Remark};
use dftective_sample::FileFacts;
use dftective_spectrum::ResamplingTrace;

use super::Workspace;

/// What is known of the file of a decoded image. Enlargement is known of images of 64 pixels and more on either side.
pub fn file_facts(image: &Decoded, workspace: &mut Workspace) -> FileFacts {
    let source = &image.source;
    let jpeg = source.jpeg.as_ref();
    let trace = ResamplingTrace::find(&image.luma, &mut workspace.trace);
    let frequency = |trace: ResamplingTrace| {
        if trace.is_present() { trace.frequency } else { 0.0 }
    };
    FileFacts {
        width: Some(source.width),
        height: Some(source.height),
        format: Some(source.format.to_string()),
        jpeg_quality: jpeg.and_then(|jpeg| jpeg.quality).map(u32::from),
        subsampling: jpeg
            .and_then(|jpeg| jpeg.subsampling)
            .map(|each| each.to_string()),
        resampling: trace.map(frequency),
        is_defective: source.remarks.iter().any(Remark::is_defect),
    }
}
