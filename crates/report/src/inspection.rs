//! One image looked at closely: what its spectrum is, and why a detector judges it as it does.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{SchemaVersion, one_line, percent, sparkline, three_decimals};
use dftective_classify::Verdict;
use dftective_features::ClassMoments;

/// What is seen of one image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// Which shape of record this is.
    #[serde(default)]
    pub schema_version: SchemaVersion,
    /// Version of this program.
    pub version: String,
    /// The command line, one entry an argument.
    pub command: Vec<String>,
    /// Path of the image, as [`dftective_sample::path_text`] writes it.
    pub path: String,
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
    /// Format found in the content.
    pub format: String,
    /// Estimated JPEG quality, 1 to 100.
    pub jpeg_quality: Option<u32>,
    /// Recipe of the spectrum.
    pub recipe: String,
    /// The radial spectrum; none where the image or the detector has none.
    pub profile: Option<InspectedProfile>,
    /// The picture of the two-dimensional spectrum.
    pub spectrum: SpectrumView,
    /// The picture without its coarse detail.
    pub fine_detail: FineDetail,
    /// What the detector says, where there is one.
    pub judgement: Option<InspectedJudgement>,
    /// Why there is a detector and no judgement.
    pub error: Option<String>,
    /// What the file and its pixels have that weakens any verdict.
    pub notes: Vec<String>,
}

/// A radial spectrum and what it lies among.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InspectedProfile {
    /// Frequency of each value, as a part of the highest.
    pub frequencies: Vec<f64>,
    /// The values.
    pub values: Vec<f64>,
    /// What they are, in words.
    pub unit: String,
    /// Mean and deviation of the detector's training images at each frequency.
    pub training: Option<ClassMoments>,
}

/// A spectrum in deviations of the real training images from their mean.
pub struct Deviations {
    /// Of the image.
    pub image: Vec<f64>,
    /// Of the mean fake training image.
    pub fake: Vec<f64>,
}

impl InspectedProfile {
    /// Where the image and the mean fake lie; 0 at frequencies where the real training images do not differ. `None`
    /// without training images.
    pub fn deviations(&self) -> Option<Deviations> {
        let ClassMoments { real, fake } = self.training.as_ref()?;
        let of = |values: &[f64]| -> Vec<f64> {
            let all = values.iter().zip(&real.mean).zip(&real.deviation);
            all.map(|((value, mean), deviation)| {
                if *deviation > 0.0 {
                    (value - mean) / deviation
                } else {
                    0.0
                }
            })
            .collect()
        };
        Some(Deviations {
            image: of(&self.values),
            fake: of(&fake.mean),
        })
    }
}

/// How the two-dimensional spectrum is shown.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpectrumView {
    /// 20·ln|F| of the darkest colour; one value in a hundred lies below.
    pub low: f32,
    /// 20·ln|F| of the brightest colour; one value in a thousand lies above.
    pub high: f32,
    /// Each dot shows the largest of so many by so many values.
    pub together: u32,
}

/// How the picture without its coarse detail is shown.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FineDetail {
    /// What lies below this frequency is removed, cycles per pixel.
    pub radius: f64,
    /// Part of the picture's variance that remains, in \[0, 1\].
    pub share: f64,
    /// Grey levels from middle grey to white or black; one pixel in two hundred lies beyond.
    pub amplitude: f32,
    /// Width and height of the part in the middle that a page shows, pixels.
    pub shown: (u32, u32),
}

/// What a detector says of the image, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InspectedJudgement {
    /// Path of the detector.
    pub model: String,
    /// Its classifier.
    pub classifier: String,
    /// Calibrated probability of fake, in [0, 1].
    pub score: f64,
    /// Raw decision value, positive for fake.
    pub margin: f64,
    /// Fake, real or uncertain.
    pub verdict: Verdict,
    /// Whether the image lies outside the conditions that the detector was trained under.
    #[serde(default)]
    #[serde(alias = "is_outside")]
    pub is_out_of_domain: bool,
    /// The share of wrong verdicts the detector was set to.
    pub error_rate: f64,
    /// The margin of a picture half way between the classes' means.
    pub middle_margin: f64,
    /// Whether the bands add up to the margin less the middle's.
    pub adds_up: bool,
    /// What each band of features adds to the margin.
    pub bands: Vec<BandContribution>,
    /// What each family as a whole adds to it.
    #[serde(default)]
    pub families: Vec<BandContribution>,
}

/// What a band of features adds to a margin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BandContribution {
    /// Family of the features.
    pub family: String,
    /// Frequencies from and to, as parts of the highest; none for other families than the radial spectrum.
    pub frequencies: Option<(f64, f64)>,
    /// Vertical and horizontal frequency of the 8 × 8 DCT pattern that the features look for, 0 to 7; none for families
    /// without such patterns.
    #[serde(default)]
    pub kernel: Option<(u8, u8)>,
    /// How many features.
    pub features: usize,
    /// How much lower the margin would be with the middle between the classes' means instead; above 0 it speaks for
    /// fake.
    pub margin: f64,
    /// How many deviations the features lie above the mean of the real training images, on average.
    pub above_real: f64,
    /// The same of the fakes.
    pub above_fake: f64,
}

/// How many deviations `values` lie above the means, on average; features without deviation do not count.
pub fn deviations_above(values: &[f64], mean: &[f64], deviation: &[f64], columns: &[usize]) -> f64 {
    let found: Vec<f64> = columns
        .iter()
        .filter(|&&column| deviation[column] > 0.0)
        .map(|&column| (values[column] - mean[column]) / deviation[column])
        .collect();
    if found.is_empty() {
        0.0
    } else {
        found.iter().sum::<f64>() / found.len() as f64
    }
}

impl BandContribution {
    /// What the band is, in words.
    pub fn name(&self) -> String {
        match (self.frequencies, self.kernel) {
            (Some((from, to)), _) => format!(
                "the frequencies from {:.0} to {:.0} % of the highest",
                100.0 * from,
                100.0 * to
            ),
            (None, Some((down, across))) => format!(
                "what the family {} sees of the pattern with {down} half waves down and {across} across 8 pixels",
                self.family
            ),
            (None, None) => format!("the {} features of the family {}", self.features, self.family),
        }
    }

    /// Where the image lies among the training images, in words.
    fn place(&self) -> String {
        let side = |above: f64| if above < 0.0 { "below" } else { "above" };
        format!(
            "{:.1} standard deviations {} the real training images and {:.1} {} the fakes",
            self.above_real.abs(),
            side(self.above_real),
            self.above_fake.abs(),
            side(self.above_fake)
        )
    }
}

impl InspectedJudgement {
    /// The band that speaks most for the verdict, or where there are several families the family; for an open one what
    /// says most.
    pub fn main_band(&self) -> Option<&BandContribution> {
        let speaks = |band: &&BandContribution| match self.verdict {
            Verdict::Fake => band.margin,
            Verdict::Real => -band.margin,
            Verdict::Uncertain => band.margin.abs(),
        };
        let parts = if self.families.len() > 1 {
            &self.families
        } else {
            &self.bands
        };
        parts.iter().max_by(|a, b| speaks(a).total_cmp(&speaks(b)))
    }

    fn in_words(&self) -> String {
        let score = percent(self.score);
        let error_rate = percent(self.error_rate);
        let verdict = match self.verdict {
            Verdict::Fake => {
                format!("The detector calls this picture fake: it gives a probability of fake of {score}.")
            }
            Verdict::Real => {
                format!("The detector calls this picture real: it gives a probability of fake of {score}.")
            }
            Verdict::Uncertain if self.is_out_of_domain => format!(
                "The detector leaves this picture open: it is of another kind than those it was trained on, so that nobody \
                 knows what its probability of fake of {score} is worth."
            ),
            Verdict::Uncertain => format!(
                "The detector leaves this picture open: at a probability of fake of {score} it would be wrong in more \
                 than {error_rate} of its verdicts."
            ),
        };
        let Some(band) = self.main_band() else {
            return verdict;
        };
        let direction = if band.margin >= 0.0 { "fake" } else { "real" };
        let place = match band.frequencies {
            Some(_) => format!(" There the picture lies {}, on average.", band.place()),
            // Means over thousands of shares of a histogram say nothing.
            None => String::new(),
        };
        format!(
            "{verdict} What speaks most for {direction}: {}.{place}",
            band.name()
        )
    }
}

impl Inspection {
    /// What is to be seen, a paragraph each, for a reader who knows nothing of spectra.
    pub fn in_words(&self) -> Vec<String> {
        let mut paragraphs = Vec::new();
        match (&self.judgement, &self.error) {
            (Some(judgement), _) => paragraphs.push(judgement.in_words()),
            (None, Some(error)) => paragraphs.push(format!("The detector cannot judge this picture: {error}.")),
            (None, None) => paragraphs.push(
                "Without a detector nothing here says real or fake. Bright spots or a grid away from the middle of the \
                 two-dimensional spectrum, or a profile that rises towards its right end, are what many generators \
                 leave; enlargement, sharpening and screens leave such traces, too."
                    .to_owned(),
            ),
        }
        let FineDetail { radius, share, .. } = self.fine_detail;
        if radius > 0.0 {
            paragraphs.push(format!(
                "Detail finer than {:.1} pixels from crest to crest makes {:.2} % of the picture's contrast (variance).",
                1.0 / radius,
                100.0 * share
            ));
        }
        if !self.notes.is_empty() {
            paragraphs.push(format!("What weakens any verdict: {}.", self.notes.join("; ")));
        }
        paragraphs
    }
}

/// Columns of the curve in a terminal.
const CURVE: usize = 64;

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", one_line(&self.path))?;
        write!(
            f,
            "image     {} × {} pixels, {}",
            self.width, self.height, self.format
        )?;
        match self.jpeg_quality {
            Some(quality) => writeln!(f, ", quality about {quality}")?,
            None => writeln!(f)?,
        }
        if let Some(profile) = &self.profile {
            writeln!(
                f,
                "spectrum  {}  coarse → fine",
                sparkline(&profile.values, CURVE)
            )?;
        }
        if let Some(judgement) = &self.judgement {
            writeln!(
                f,
                "verdict   {}, score {}",
                judgement.verdict,
                three_decimals(judgement.score)
            )?;
        }
        for paragraph in self.in_words() {
            writeln!(f, "          {}", one_line(&paragraph))?;
        }
        Ok(())
    }
}
