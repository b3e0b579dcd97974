//! Statistics of the Haar wavelet packets.

mod logarithm;
mod statistics;
#[cfg(test)]
mod tests;

use super::input::{PLANES, luma};
use super::packets::{BANDS, LEVELS};
use super::{FeatureError, FixedFamily, Workspace};
use dftective_decode::{Channels, Decoded};

use statistics::statistics;

const STATISTICS: [&str; 4] = ["mean_log", "deviation_log", "log_mean", "log_power"];

/// Haar wavelet packets of unrounded luma, level 3, as in M. Wolter, F. Blanke, R. Heese, J. Garcke, "Wavelet-packets
/// for deepfake image analysis and detection", Machine Learning 111, 2022; four statistics of each band
/// stand for its coefficients. 64 × 4 features.
///
/// A level splits a plane into four of half the size by the orthonormal Haar filters: the approximation `a` and the
/// details across rows `h`, across columns `v` and across both `d`. A band is named by its three splits, as `aah`. Of
/// its coefficients c the features are the mean and the standard deviation of ln(|c| + 0.01), then ln(mean |c| +
/// 0.01) and ln(mean c² + 0.0001). At an odd size the last pixel's missing neighbour is the one before it.
///
/// Good as a short summary of how much there is in each frequency and how unevenly it is spread; blind to
/// order, and misled by noise and sharpening, which change the energy of bands alike in any picture.
#[derive(Clone, Copy, Debug, Default)]
pub struct Haar;

impl FixedFamily for Haar {
    const NAME: &'static str = "haar";
    const CHANNELS: Channels = PLANES;
    const IS_HISTOGRAM: bool = false;
    /// A packet of the last level is a pixel of every band for each square of this side.
    const NEEDED: u32 = 1 << LEVELS;

    fn constants(&self) -> String {
        format!("level={LEVELS}")
    }

    /// `haar_BAND_STATISTIC`, as `haar_aah_mean_log`; the statistics are `mean_log`, `deviation_log`, `log_mean` and
    /// `log_power`.
    fn names(&self) -> Vec<String> {
        let split = |band: usize, level: usize| ["a", "h", "v", "d"][band >> (2 * (LEVELS - 1 - level)) & 3];
        let mut names = Vec::with_capacity(BANDS * STATISTICS.len());
        for band in 0..BANDS {
            let path: String = (0..LEVELS).map(|level| split(band, level)).collect();
            names.extend(STATISTICS.map(|statistic| format!("haar_{path}_{statistic}")));
        }
        names
    }

    fn compute(
        &self,
        image: &Decoded,
        workspace: &mut Workspace,
        features: &mut Vec<f64>,
    ) -> Result<(), FeatureError> {
        let luma = luma(image, Self::NAME, Self::NEEDED)?;
        let packets = &mut workspace.packets;
        packets.transform(&luma.samples, luma.width, luma.height);
        for band in packets.bands() {
            features.extend(statistics(band));
        }
        Ok(())
    }
}
