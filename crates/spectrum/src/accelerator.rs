//! Ring means from elsewhere than the processor.

use image::GrayImage;

use super::SpectrumPlan;

/// A device that takes planes to the means over their radial bins, shared by all threads.
///
/// It answers what it can; the processor does the rest, so an accelerator never changes whether an image has a
/// profile. What it answers differs from single precision on the processor by rounding alone.
pub trait Accelerator: Send + Sync {
    /// The mean over each radial bin of `plane`, which is of the plan's size: 20·ln of amplitude, one value for each of
    /// [`SpectrumPlan::radial_bin_count`]; of the first and the last radial bin, which no profile keeps, any finite
    /// number. `None` where the processor is to do it.
    fn ring_means(&self, plan: &SpectrumPlan, plane: &GrayImage) -> Option<Vec<f64>>;
}

impl SpectrumPlan {
    /// RadialBins of the spectrum, with the first and the last, which no profile keeps.
    pub fn radial_bin_count(&self) -> usize {
        self.radial_bins.radii().len()
    }
}

/// What a device must know of a plan.
impl SpectrumPlan {
    /// Width and height of the part that is transformed, pixels.
    pub fn transformed_size(&self) -> (usize, usize) {
        (self.region.width, self.region.height)
    }

    /// The pixels that are transformed, row by row.
    pub fn transformed_rows<'a>(&self, plane: &'a GrayImage) -> impl Iterator<Item = &'a [u8]> {
        self.region.of(plane).rows()
    }

    /// Weights of the pixels along a side of `length`.
    pub fn weights(&self, length: usize) -> Vec<f64> {
        self.recipe.window.weights(length)
    }

    /// Sum of the squared weights.
    pub fn energy(&self) -> f64 {
        self.energy
    }

    /// Elements of the whole spectrum in each radial bin.
    pub fn radial_bin_sizes(&self) -> &[u64] {
        self.radial_bins.counts()
    }

    /// Ring of the element (i, j) of a quadrant: i steps of one sample from the centre line across, j along.
    pub fn radial_bin(&self, i: usize, j: usize) -> usize {
        self.radial_bins.radial_bin(i, j)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use image::Luma;

    use super::super::{Recipe, SpectrumError, Workspace};
    use super::*;

    /// Answers with these values.
    struct Answers(Option<Vec<f64>>);

    impl Accelerator for Answers {
        fn ring_means(&self, _: &SpectrumPlan, _: &GrayImage) -> Option<Vec<f64>> {
            self.0.clone()
        }
    }

    fn profile(plane: &GrayImage, answer: Option<Vec<f64>>) -> Result<Vec<f64>, SpectrumError> {
        let plan = SpectrumPlan::new(32, 32, &"faces-hq precision=f32".parse::<Recipe>().unwrap()).unwrap();
        let mut workspace = Workspace::default().with_accelerator(Some(Arc::new(Answers(answer))));
        let mut profile = vec![0.0; plan.bins()];
        plan.profile(plane, &mut workspace, &mut profile)?;
        Ok(profile)
    }

    #[test]
    fn good_answers_are_taken_and_all_others_made_up_for() {
        let plane = GrayImage::from_fn(32, 32, |x, y| Luma([(x * x + 3 * y) as u8]));
        let own = profile(&plane, None).unwrap();
        let radial_bins = own.len() + 2;
        let answer: Vec<f64> = (0..radial_bins).map(|radial_bin| radial_bin as f64).collect();
        let expected: Vec<f64> = (1..radial_bins - 1).map(|radial_bin| radial_bin as f64).collect();
        assert_eq!(profile(&plane, Some(answer.clone())).unwrap(), expected);
        let mut not_a_number = answer.clone();
        not_a_number[3] = f64::NAN;
        let mut endless = answer.clone();
        endless[radial_bins - 1] = f64::INFINITY;
        for answer in [Vec::new(), answer[1..].to_vec(), not_a_number, endless] {
            assert_eq!(profile(&plane, Some(answer)).unwrap(), own);
        }
        let constant = GrayImage::from_pixel(32, 32, Luma([9]));
        assert_eq!(
            profile(&constant, Some(answer)),
            Err(SpectrumError::Constant { value: 9 })
        );
    }
}
