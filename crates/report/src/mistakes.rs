//! The images a detector is most wrong about.

use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine};
use image::imageops::{self, FilterType};
use image::{ExtendedColorType, GrayImage, codecs::jpeg::JpegEncoder};
use serde::{Deserialize, Serialize};

use dftective_decode::{Limits, decode, read};
use dftective_sample::{Label, Origin, Sample};

/// An image on the wrong side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mistake {
    /// Its path, as [`dftective_sample::path_text`] writes it.
    pub path: String,
    /// What it truly is.
    pub label: Label,
    /// Calibrated probability of fake, in [0, 1].
    pub score: f64,
    /// A small picture of its brightness, a JPEG file in base64; none where the file could not be read.
    pub thumbnail: Option<String>,
}

/// Mistakes kept.
pub const MISTAKES: usize = 12;
/// The longer side of a small picture, pixels.
const THUMBNAIL: u32 = 112;

impl Mistake {
    /// The worst calls, `score ≥ threshold` for fake, by falling distance of score and truth; small pictures of those
    /// whose files can be read within `limits`.
    pub fn worst(
        samples: &[Sample],
        scores: &[f64],
        fake: &[bool],
        threshold: f64,
        limits: &Limits,
    ) -> Vec<Self> {
        let mut wrong: Vec<(f64, usize)> = scores
            .iter()
            .zip(fake)
            .enumerate()
            .filter(|(_, (score, fake))| (**score >= threshold) != **fake)
            .map(|(image, (score, fake))| ((score - f64::from(u8::from(*fake))).abs(), image))
            .collect();
        // A stable sort: of equally wrong ones the first named comes first.
        wrong.sort_by(|a, b| b.0.total_cmp(&a.0));
        let chosen = wrong.into_iter().take(MISTAKES);
        chosen
            .filter_map(|(_, image)| {
                let sample = samples.get(image)?;
                Some(Self {
                    thumbnail: thumbnail(sample, limits),
                    path: sample.name(),
                    label: if fake[image] { Label::Fake } else { Label::Real },
                    score: scores[image],
                })
            })
            .collect()
    }
}

/// A small picture as a JPEG file in base64.
pub(super) fn thumbnail(sample: &Sample, limits: &Limits) -> Option<String> {
    let image = match &sample.origin {
        Origin::Member { content, .. } => decode(&content.0.read(limits.max_file_bytes).ok()?, limits),
        _ => {
            let name = sample.name();
            // A table may name anything, and a pipe would be waited for.
            read(Some(Path::new(&name)).filter(|path| path.is_file())?, limits)
        }
    };
    let luma = image.ok()?.luma;
    jpeg(&within(&luma, THUMBNAIL)).map(|bytes| BASE64_STANDARD.encode(bytes))
}

/// The plane, made smaller so that no side is longer than `side`.
pub(super) fn within(plane: &GrayImage, side: u32) -> GrayImage {
    let (width, height) = plane.dimensions();
    let longer = width.max(height);
    if longer <= side {
        return plane.clone();
    }
    let part = |length: u32| (u64::from(length) * u64::from(side) / u64::from(longer)).max(1) as u32;
    imageops::resize(plane, part(width), part(height), FilterType::Triangle)
}

/// The plane as a JPEG file.
pub(super) fn jpeg(plane: &GrayImage) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 82)
        .encode(
            plane.as_raw(),
            plane.width(),
            plane.height(),
            ExtendedColorType::L8,
        )
        .ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use image::Luma;

    use super::*;

    #[test]
    fn the_worst_come_first() {
        let folder = tempfile::tempdir().unwrap();
        let there = folder.path().join("there.png");
        GrayImage::from_fn(300, 100, |x, _| Luma([x as u8]))
            .save(&there)
            .unwrap();
        let samples = [PathBuf::from("a"), "b".into(), "c".into(), there].map(Sample::new);
        let (scores, fake) = ([0.9, 0.5, 0.1, 0.8], [true, false, true, false]);
        let found = Mistake::worst(&samples, &scores, &fake, 0.5, &Limits::default());
        let told: Vec<_> = found
            .iter()
            .map(|each| (each.score, each.thumbnail.is_some()))
            .collect();
        assert_eq!(told, [(0.1, false), (0.8, true), (0.5, false)]);
        let bytes = BASE64_STANDARD
            .decode(found[1].thumbnail.as_ref().unwrap())
            .unwrap();
        let small = dftective_decode::decode(&bytes, &Limits::default()).unwrap();
        assert_eq!(small.luma.dimensions(), (112, 37));
    }

    #[test]
    fn there_are_only_so_many() {
        let samples = vec![Sample::default(); 50];
        let found = Mistake::worst(&samples, &[0.9; 50], &[false; 50], 0.5, &Limits::default());
        assert_eq!(found.len(), MISTAKES);
    }
}
