//! A recipe planned for one image size, and the memory it works in.

use std::sync::Arc;

use image::GrayImage;

use super::fft::{Bundle, Complexes};
use super::logarithm::ln;
use super::radial_bins::{RadialBinBuffers, RadialBins};
use super::recipe::{Average, Crop, Normalisation, Precision, Recipe, Window};
use super::spline::Resampler;
use super::transform::{Buffers, Pixels, Transform, Weights, at_least};
use super::{Accelerator, SpectrumError};
use dftective_simd::{Kernel, Line, Sample, Vector};

/// Everything that depends only on the size and the recipe: transforms, radial bins, spline factors, window.
/// Shared between threads; what changes per image is in a [`Workspace`].
///
/// ```
/// use dftective_spectrum::{Recipe, SpectrumPlan, Workspace};
/// use image::{GrayImage, Luma};
///
/// let plane = GrayImage::from_fn(64, 64, |x, y| Luma([((x * 7 + y * y) % 256) as u8]));
/// let plan = SpectrumPlan::new(64, 64, &Recipe::faces_hq())?;
/// let mut workspace = Workspace::default();
/// let mut profile = vec![0.0; plan.bins()];
/// plan.profile(&plane, &mut workspace, &mut profile)?;
/// assert_eq!(profile.len(), 43);
/// # Ok::<(), dftective_spectrum::SpectrumError>(())
/// ```
pub struct SpectrumPlan {
    pub(super) recipe: Recipe,
    width: u32,
    height: u32,
    pub(super) region: Region,
    /// Sum of the squared weights of the pixels.
    pub(super) energy: f64,
    engine: AnyEngine,
    pub(super) radial_bins: RadialBins,
    resampler: Option<Resampler>,
    bins: usize,
}

/// The part of the plane that is transformed, pixels.
#[derive(Clone, Copy)]
pub(super) struct Region {
    left: usize,
    top: usize,
    pub width: usize,
    pub height: usize,
}

/// How far [`SpectrumPlan::work`] goes.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// The two-dimensional transform.
    Transform,
    /// The power of each coefficient, or its logarithm.
    Levels,
    /// The sums over radial bins.
    RadialBins,
}

/// What depends on the type of the samples.
struct Engine<T> {
    transform: Transform<T>,
    weights: Weights<T>,
}

enum AnyEngine {
    Single(Engine<f32>),
    Double(Engine<f64>),
}

#[derive(Default)]
struct EngineBuffers<T> {
    transform: Buffers<T>,
    levels: Vec<Line<T>>,
    radial_bins: RadialBinBuffers<T>,
}

/// Memory for one thread. Its contents never matter: any workspace, fresh or used, serves any plan. It may name a device
/// that helps.
#[derive(Default)]
pub struct Workspace {
    accelerator: Option<Arc<dyn Accelerator>>,
    single: EngineBuffers<f32>,
    double: EngineBuffers<f64>,
    means: Vec<f64>,
    second: Vec<f64>,
}

impl Workspace {
    /// The same with a device that is asked first.
    pub fn with_accelerator(self, accelerator: Option<Arc<dyn Accelerator>>) -> Self {
        Self { accelerator, ..self }
    }

    /// Takes up what the device answers, if that is whole.
    fn accelerated(&mut self, plan: &SpectrumPlan, plane: &GrayImage) -> bool {
        let answer = self
            .accelerator
            .as_ref()
            .and_then(|device| device.ring_means(plan, plane))
            .filter(|means| {
                means.len() == plan.radial_bin_count() && means.iter().all(|mean| mean.is_finite())
            });
        if let Some(means) = answer {
            self.means = means;
            return true;
        }
        false
    }
}

/// RadialBins dropped: the first (around DC) and the last (the corners).
const DROPPED_RINGS: usize = 2;

impl SpectrumPlan {
    /// Plans `recipe` for planes of `width` × `height` pixels.
    ///
    /// # Errors
    /// [`SpectrumError::TooSmall`] when fewer than one radial bin is left, or fewer than four where the profile is to
    /// be resampled.
    pub fn new(width: u32, height: u32, recipe: &Recipe) -> Result<Self, SpectrumError> {
        let needed = if recipe.bins.is_some() {
            Resampler::MIN_SOURCE
        } else {
            1
        };
        let too_small = |radial_bins| SpectrumError::TooSmall {
            width,
            height,
            radial_bins,
            needed,
        };
        let region = Region::new(width as usize, height as usize, recipe.crop).ok_or(too_small(0))?;
        let radial_bins = RadialBins::new(region.width, region.height, recipe.centre, recipe.radius);
        let kept = radial_bins.radii().len().saturating_sub(DROPPED_RINGS);
        if kept < needed {
            return Err(too_small(kept));
        }
        let weights = [region.width, region.height].map(|length| recipe.window.weights(length));
        let engine = match recipe.precision {
            Precision::F32 => AnyEngine::Single(Engine::new(region, &weights)),
            Precision::F64 => AnyEngine::Double(Engine::new(region, &weights)),
        };
        let energy = weights
            .iter()
            .map(|weights| weights.iter().map(|weight| weight * weight).sum::<f64>())
            .product();
        let resampler = recipe.bins.map(|bins| Resampler::new(kept, bins));
        let bins = recipe.bins.unwrap_or(kept);
        Ok(Self {
            recipe: recipe.clone(),
            width,
            height,
            region,
            energy,
            engine,
            radial_bins,
            resampler,
            bins,
        })
    }

    /// Length of the profile.
    pub fn bins(&self) -> usize {
        self.bins
    }

    /// Radius of each radial bin kept, ascending, in whole frequency samples: radial bin r holds distances in [r, r + 1).
    pub fn radii(&self) -> &[u32] {
        let all = self.radial_bins.radii();
        &all[1..all.len() - 1]
    }

    /// The recipe planned.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// Width and height of the planes it takes, pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Bytes the plan keeps, near enough to bound a cache of plans.
    pub fn bytes(&self) -> usize {
        let engine = match &self.engine {
            AnyEngine::Single(engine) => engine.bytes(),
            AnyEngine::Double(engine) => engine.bytes(),
        };
        self.radial_bins.bytes() + engine
    }

    /// Writes the radial profile of `plane` to `profile` ([`Self::bins`] values, from low to high frequency).
    /// Units: 20·ln of amplitude, natural logarithm, until the normalisation.
    ///
    /// # Errors
    /// A plane or output of another size, a constant plane, or a profile that is not finite.
    pub fn profile(
        &self,
        plane: &GrayImage,
        workspace: &mut Workspace,
        profile: &mut [f64],
    ) -> Result<(), SpectrumError> {
        let (width, height) = plane.dimensions();
        if (width, height) != (self.width, self.height) {
            let (expected_width, expected_height) = (self.width, self.height);
            return Err(SpectrumError::WrongSize {
                expected_width,
                expected_height,
                width,
                height,
            });
        }
        if profile.len() != self.bins {
            return Err(SpectrumError::WrongLength {
                expected: self.bins,
                found: profile.len(),
            });
        }
        let pixels = self.region.of(plane);
        let value = pixels.plane[0];
        if pixels.rows().flatten().all(|&pixel| pixel == value) {
            return Err(SpectrumError::Constant { value });
        }
        if !workspace.accelerated(self, plane) {
            self.all_means(pixels, workspace, Stage::RadialBins);
        }
        let Workspace { means, second, .. } = workspace;
        let kept = &means[1..means.len() - 1];
        match &self.resampler {
            Some(resampler) => resampler.resample(kept, second, profile),
            None => profile.copy_from_slice(kept),
        }
        self.normalise(profile);
        match profile.iter().position(|value| !value.is_finite()) {
            Some(bin) => Err(SpectrumError::NotFinite {
                bin,
                epsilon: self.recipe.epsilon,
            }),
            None => Ok(()),
        }
    }

    /// The mean over each radial bin, the first and the last included, before the normalisation; with an earlier `last`
    /// stage, nothing of use.
    pub(super) fn all_means<'w>(
        &self,
        pixels: Pixels<'_>,
        workspace: &'w mut Workspace,
        last: Stage,
    ) -> &'w [f64] {
        let Workspace {
            single,
            double,
            means,
            ..
        } = workspace;
        match &self.engine {
            AnyEngine::Single(engine) => self.ring_means(engine, pixels, single, means, last),
            AnyEngine::Double(engine) => self.ring_means(engine, pixels, double, means, last),
        }
        means
    }

    /// Works on a plane up to a stage and throws the result away, for benches that want to know each stage's cost.
    #[doc(hidden)]
    pub fn work(&self, plane: &GrayImage, workspace: &mut Workspace, last: Stage) {
        assert_eq!(plane.dimensions(), self.size());
        self.all_means(self.region.of(plane), workspace, last);
    }

    /// Elements of the whole spectrum in each radial bin.
    #[cfg(test)]
    pub(super) fn counts(&self) -> &[u64] {
        self.radial_bins.counts()
    }

    fn ring_means<T: Sample>(
        &self,
        engine: &Engine<T>,
        pixels: Pixels<'_>,
        buffers: &mut EngineBuffers<T>,
        means: &mut Vec<f64>,
        last: Stage,
    ) {
        let mean = match self.recipe.window {
            Window::None => 0.0,
            Window::Hann => {
                // In 32 bits as long as they suffice: a quarter of the time.
                let sum = |some: &[u8]| u64::from(some.iter().map(|&pixel| u32::from(pixel)).sum::<u32>());
                let total: u64 = pixels.rows().flat_map(|row| row.chunks(1 << 16)).map(sum).sum();
                total as f64 / (pixels.width * pixels.height) as f64
            }
        };
        let EngineBuffers {
            transform,
            levels,
            radial_bins,
        } = buffers;
        let level = Level {
            logarithm: self.recipe.average == Average::Log,
            epsilon: T::nearest(self.recipe.epsilon),
        };
        self.radial_bins.clear(radial_bins);
        let sink = |block: usize, spectrum: &[Bundle<T>]| {
            if last == Stage::Transform {
                return;
            }
            let levels = at_least(levels, spectrum.len());
            dftective_simd::run(Levels {
                level,
                spectrum,
                places: engine.transform.places(),
                levels,
            });
            if last == Stage::RadialBins {
                dftective_simd::run(AddRows {
                    radial_bins: &self.radial_bins,
                    block,
                    levels,
                    sums: radial_bins,
                });
            }
        };
        engine
            .transform
            .forward(pixels, &engine.weights, mean, transform, sink);
        self.radial_bins.means(radial_bins, means);
        for mean in means {
            *mean = 10.0 * if level.logarithm { *mean } else { mean.ln() };
        }
    }

    fn normalise(&self, profile: &mut [f64]) {
        match self.recipe.normalisation {
            Normalisation::None => {}
            Normalisation::First => {
                let first = profile[0];
                for value in profile {
                    *value /= first;
                }
            }
            Normalisation::Unitary => {
                for value in profile {
                    *value -= 10.0 * self.energy.ln();
                }
            }
        }
    }
}

impl Region {
    fn new(width: usize, height: usize, crop: Crop) -> Option<Self> {
        let (left, top) = match crop {
            Crop::None => (0, 0),
            Crop::InnerThird => (width / 3, height / 3),
        };
        let region = Self {
            left,
            top,
            width: width - 2 * left,
            height: height - 2 * top,
        };
        // A third of less than three pixels is none, and the paper's slice h..−h is then empty.
        let empty = crop == Crop::InnerThird && (left == 0 || top == 0);
        (region.width > 0 && region.height > 0 && !empty).then_some(region)
    }

    pub(super) fn of(self, plane: &GrayImage) -> Pixels<'_> {
        let step = plane.width() as usize;
        Pixels {
            plane: &plane.as_raw()[self.top * step + self.left..],
            step,
            width: self.width,
            height: self.height,
        }
    }
}

impl<T: Sample> Engine<T> {
    fn new(region: Region, [across, along]: &[Vec<f64>; 2]) -> Self {
        Self {
            transform: Transform::new(region.width, region.height),
            weights: Weights::new(across, along),
        }
    }

    fn bytes(&self) -> usize {
        self.transform.bytes() + self.weights.bytes()
    }
}

/// What is averaged: |F + ε|² or its logarithm.
#[derive(Clone, Copy)]
struct Level<T> {
    logarithm: bool,
    epsilon: T,
}

/// The level of each coefficient.
struct Levels<'a, T> {
    level: Level<T>,
    spectrum: &'a [Bundle<T>],
    /// Where the coefficient for each level lies.
    places: &'a [u32],
    levels: &'a mut [Line<T>],
}

impl<T: Sample> Kernel<T> for Levels<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector<T>>(self) {
        let epsilon = V::splat(self.level.epsilon);
        for (&place, level) in self.places.iter().zip(self.levels) {
            let coefficient = &self.spectrum[place as usize];
            for part in 0..V::PARTS {
                let Complexes { re, im } = Complexes::<V>::load(coefficient, part);
                let re = re.add(epsilon);
                let power = re.mul_add(re, im.mul(im));
                let value = if self.level.logarithm { ln(power) } else { power };
                value.store(level, part);
            }
        }
    }
}

/// Adds rows of levels to the radial bins.
struct AddRows<'a, T> {
    radial_bins: &'a RadialBins,
    block: usize,
    levels: &'a [Line<T>],
    sums: &'a mut RadialBinBuffers<T>,
}

impl<T: Sample> Kernel<T> for AddRows<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector<T>>(self) {
        self.radial_bins
            .add_rows::<T, V>(self.block, self.levels, self.sums);
    }
}
