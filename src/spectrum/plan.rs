//! A recipe planned for one image size, and the memory it works in.

use image::GrayImage;
use num_complex::Complex;

use super::SpectrumError;
use super::recipe::{Average, Crop, Normalisation, Precision, Recipe, Window};
use super::rings::Rings;
use super::spline::Resampler;
use super::transform::{Buffers, Sample, Transform};

/// Everything that depends only on the size and the recipe: transforms, rings, spline factors, window.
/// Shared between threads; what changes per image is in a [`Workspace`].
///
/// ```
/// use dftective::spectrum::{Recipe, SpectrumPlan, Workspace};
/// use image::{GrayImage, Luma};
///
/// let plane = GrayImage::from_fn(64, 64, |x, y| Luma([((x * 7 + y * y) % 256) as u8]));
/// let plan = SpectrumPlan::new(64, 64, &Recipe::faces_hq())?;
/// let mut workspace = Workspace::default();
/// let mut profile = vec![0.0; plan.bins()];
/// plan.profile(&plane, &mut workspace, &mut profile)?;
/// assert_eq!(profile.len(), 43);
/// # Ok::<(), dftective::spectrum::SpectrumError>(())
/// ```
pub struct SpectrumPlan {
    recipe: Recipe,
    width: u32,
    height: u32,
    region: Region,
    window: Option<WindowWeights>,
    transform: AnyTransform,
    rings: Rings,
    resampler: Option<Resampler>,
    bins: usize,
}

/// The part of the plane that is transformed, pixels.
#[derive(Clone, Copy)]
struct Region {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

struct WindowWeights {
    across: Vec<f64>,
    along: Vec<f64>,
}

enum AnyTransform {
    Single(Transform<f32>),
    Double(Transform<f64>),
}

/// Memory for one thread. Its contents never matter: any workspace, fresh or used, serves any plan.
#[derive(Default)]
pub struct Workspace {
    single: Buffers<f32>,
    double: Buffers<f64>,
    column: Vec<f64>,
    means: Vec<f64>,
    second: Vec<f64>,
}

/// Rings dropped: the first (around DC) and the last (the corners).
const DROPPED_RINGS: usize = 2;

impl SpectrumPlan {
    /// Plans `recipe` for planes of `width` × `height` pixels.
    ///
    /// # Errors
    /// [`SpectrumError::TooSmall`] when fewer than one ring is left, or fewer than four where the profile is to
    /// be resampled.
    pub fn new(width: u32, height: u32, recipe: &Recipe) -> Result<Self, SpectrumError> {
        let needed = if recipe.bins.is_some() {
            Resampler::MIN_SOURCE
        } else {
            1
        };
        let too_small = |rings| SpectrumError::TooSmall {
            width,
            height,
            rings,
            needed,
        };
        let region = Region::new(width as usize, height as usize, recipe.crop).ok_or(too_small(0))?;
        let rings = Rings::new(region.width, region.height, recipe.centre, recipe.radius);
        let kept = rings.radii().len().saturating_sub(DROPPED_RINGS);
        if kept < needed {
            return Err(too_small(kept));
        }
        let window = match recipe.window {
            Window::None => None,
            Window::Hann => Some(WindowWeights {
                across: periodic_hann(region.width),
                along: periodic_hann(region.height),
            }),
        };
        let transform = match recipe.precision {
            Precision::F32 => AnyTransform::Single(Transform::new(region.width, region.height)),
            Precision::F64 => AnyTransform::Double(Transform::new(region.width, region.height)),
        };
        let resampler = recipe.bins.map(|bins| Resampler::new(kept, bins));
        let bins = recipe.bins.unwrap_or(kept);
        Ok(Self {
            recipe: recipe.clone(),
            width,
            height,
            region,
            window,
            transform,
            rings,
            resampler,
            bins,
        })
    }

    /// Length of the profile.
    pub fn bins(&self) -> usize {
        self.bins
    }

    /// Radius of each ring kept, ascending, in whole frequency samples: ring r holds distances in [r, r + 1).
    pub fn radii(&self) -> &[u32] {
        let all = self.rings.radii();
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
    pub(crate) fn bytes(&self) -> usize {
        // Twiddle factors of both directions are of the order of one row and one column.
        self.rings.bytes() + (self.region.width + self.region.height) * size_of::<Complex<f64>>()
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
        if let Some(value) = self.constant(plane) {
            return Err(SpectrumError::Constant { value });
        }
        let Workspace {
            single,
            double,
            column,
            means,
            second,
        } = workspace;
        match &self.transform {
            AnyTransform::Single(transform) => self.ring_means(transform, plane, single, column, means),
            AnyTransform::Double(transform) => self.ring_means(transform, plane, double, column, means),
        }
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

    /// The pixels of row `y` of the region.
    fn row<'p>(&self, plane: &'p GrayImage, y: usize) -> &'p [u8] {
        &plane.as_raw()[(self.region.top + y) * self.width as usize + self.region.left..][..self.region.width]
    }

    fn constant(&self, plane: &GrayImage) -> Option<u8> {
        let first = self.row(plane, 0)[0];
        (0..self.region.height)
            .all(|y| self.row(plane, y).iter().all(|&pixel| pixel == first))
            .then_some(first)
    }

    fn ring_means<T: Sample>(
        &self,
        transform: &Transform<T>,
        plane: &GrayImage,
        buffers: &mut Buffers<T>,
        column: &mut Vec<f64>,
        means: &mut Vec<f64>,
    ) {
        let cast = |value: f64| T::from_f64(value).unwrap_or_else(T::zero);
        let half = match &self.window {
            None => transform.forward(buffers, |y, row| {
                for (sample, &pixel) in row.iter_mut().zip(self.row(plane, y)) {
                    *sample = cast(f64::from(pixel));
                }
            }),
            Some(weights) => {
                let total: u64 = (0..self.region.height)
                    .flat_map(|y| self.row(plane, y))
                    .map(|&pixel| u64::from(pixel))
                    .sum();
                let mean = total as f64 / (self.region.width * self.region.height) as f64;
                transform.forward(buffers, |y, row| {
                    let along = weights.along[y];
                    for ((sample, &pixel), across) in
                        row.iter_mut().zip(self.row(plane, y)).zip(&weights.across)
                    {
                        *sample = cast((f64::from(pixel) - mean) * across * along);
                    }
                })
            }
        };
        let epsilon = cast(self.recipe.epsilon);
        let power = |coefficient: Complex<T>| {
            let real = coefficient.re + epsilon;
            real * real + coefficient.im * coefficient.im
        };
        match self.recipe.average {
            Average::Log => {
                let ten = cast(10.0);
                for coefficient in half.iter_mut() {
                    coefficient.re = ten * power(*coefficient).ln();
                }
                self.rings.means(half, column, means);
            }
            Average::Power => {
                for coefficient in half.iter_mut() {
                    coefficient.re = power(*coefficient);
                }
                self.rings.means(half, column, means);
                for mean in means {
                    *mean = 10.0 * mean.ln();
                }
            }
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
                let energy = match &self.window {
                    None => (self.region.width * self.region.height) as f64,
                    Some(weights) => energy(&weights.across) * energy(&weights.along),
                };
                for value in profile {
                    *value -= 10.0 * energy.ln();
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
}

fn periodic_hann(length: usize) -> Vec<f64> {
    let step = std::f64::consts::TAU / length as f64;
    (0..length).map(|n| 0.5 - 0.5 * (step * n as f64).cos()).collect()
}

fn energy(weights: &[f64]) -> f64 {
    weights.iter().map(|weight| weight * weight).sum()
}
