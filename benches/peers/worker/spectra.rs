//! Spectra of planes in memory, features of files, and judgements of one file.

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use dftective_decode::{Limits, read, read_channels};
use dftective_detector::Detector;
use dftective_features::{Families, Selection, Workspace as FeatureWorkspace};
use dftective_spectrum::{Recipe, SpectrumPlan, Workspace};
use image::GrayImage;
use serde::{Deserialize, Serialize};

use crate::npy;

/// The answer to a timing request.
#[derive(Serialize)]
pub struct Timed {
    /// Median time, milliseconds.
    ms: f64,
    /// The first plane's profile, if profiles were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<Vec<f64>>,
}

/// A detector file and an image file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judge {
    model: PathBuf,
    image: PathBuf,
}

/// Median milliseconds of `work`, which is run once before the clock starts and then until `seconds` are full.
fn median_ms<E>(seconds: f64, mut work: impl FnMut() -> Result<(), E>) -> Result<f64, E> {
    work()?;
    let mut times = Vec::new();
    let started = Instant::now();
    while times.is_empty() || started.elapsed().as_secs_f64() < seconds {
        let start = Instant::now();
        work()?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

/// The planes of a count × height × width file.
pub fn planes(path: &str) -> Result<Vec<GrayImage>, Box<dyn Error>> {
    let (shape, bytes) = npy::read::<u8>(path)?;
    let &[_, height, width] = shape.as_slice() else {
        return Err(format!("{path}: expected count x height x width, found shape {shape:?}").into());
    };
    let plane = |bytes: &[u8]| GrayImage::from_raw(width as u32, height as u32, bytes.to_vec());
    let all: Option<Vec<_>> = bytes.chunks_exact((width * height) as usize).map(plane).collect();
    Ok(all.ok_or("planes of another size than the shape says")?)
}

/// Profiles of all planes, which have one size.
pub fn profile(planes: &[GrayImage], recipe: &Recipe, seconds: f64) -> Result<Timed, Box<dyn Error>> {
    let first = planes.first().ok_or("no planes loaded yet")?;
    let plan = SpectrumPlan::new(first.width(), first.height(), recipe)?;
    let mut workspace = Workspace::default();
    let mut profile = vec![0.0; plan.bins()];
    let ms = median_ms(seconds, || {
        planes
            .iter()
            .try_for_each(|plane| plan.profile(plane, &mut workspace, &mut profile))
    })?;
    plan.profile(first, &mut workspace, &mut profile)?;
    Ok(Timed {
        ms,
        profile: Some(profile),
    })
}

/// From the files to the features of these families, with everything planned.
pub fn extract(families: &str, images: &[PathBuf], seconds: f64) -> Result<Timed, Box<dyn Error>> {
    let selection = Selection::new(&Selection::families_of(families)?, Recipe::default())?;
    let families = Families::new(selection);
    let (mut workspace, mut features, mut next) = (FeatureWorkspace::default(), Vec::new(), 0);
    let ms = median_ms(seconds, || {
        let path = images.get(next % images.len().max(1)).ok_or("no images")?;
        next += 1;
        let image = read_channels(path, &Limits::default(), families.channels())?;
        features.clear();
        families.extract(&image, &mut workspace, &mut features)?;
        Ok::<_, Box<dyn Error>>(())
    })?;
    Ok(Timed { ms, profile: None })
}

impl Judge {
    /// From the file to the verdict, with everything planned.
    pub fn measure(&self, seconds: f64) -> Result<Timed, Box<dyn Error>> {
        let detector = Detector::load(&self.model)?;
        let mut workspace = FeatureWorkspace::default();
        let ms = median_ms(seconds, || {
            let image = read(&self.image, &Limits::default())?;
            detector.judge(&image, &mut workspace)?;
            Ok::<_, Box<dyn Error>>(())
        })?;
        Ok(Timed { ms, profile: None })
    }
}
