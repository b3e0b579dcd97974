//! A close look at one image: its spectrum, its fine detail, and why a detector says what it says.

use dftective_batch::{image_of, sample_of};
use dftective_datasets::Input;
use dftective_decode::{Channels, Decoded, Limits};
use dftective_detector::{Body, Classical, Conditions, Detector, DetectorError, DetectorSet, Note};
use dftective_features::{
    Band, ClassMoments, Families, FeatureError, Moments, Workspace, bands, family_bands, file_facts,
    radial_frequencies,
};
use dftective_report::{
    BandContribution, InspectedJudgement, InspectedProfile, Inspection, SchemaVersion, Views,
    deviations_above, unit,
};
use dftective_spectrum::Recipe;

use crate::TaskError;
use crate::answers::Model;

/// How an image is looked at.
#[derive(Clone, Debug)]
pub struct InspectRequest {
    /// What is coarser than this is removed to show fine detail, cycles per pixel.
    pub beyond: f64,
    /// Recipe of the spectrum that is shown without a detector.
    pub recipe: Recipe,
    /// Whether an image outside the detector's domain is decided, too.
    pub force: bool,
    /// What an image may cost.
    pub limits: Limits,
    /// The command, for the record.
    pub command: Vec<String>,
}

impl Default for InspectRequest {
    fn default() -> Self {
        Self {
            beyond: 0.25,
            recipe: Recipe::default(),
            force: false,
            limits: Limits::default(),
            command: Vec::new(),
        }
    }
}

/// Looks at one image, which is decoded once. Of several detectors the one that it resembles is asked.
///
/// # Errors
/// An image that cannot be read. One that cannot be judged is a result with an error in it.
pub fn inspect(
    input: &Input,
    model: Option<Model<'_>>,
    request: &InspectRequest,
) -> Result<(Inspection, Views), TaskError> {
    let channels = model.map_or_else(Channels::default, |model| model.detectors.channels());
    let image = image_of(input, &request.limits, channels)?;
    let mut workspace = Workspace::default();
    let file = file_facts(&image, &mut workspace);
    let asked = model.map(|model| {
        let member = model.detectors.choose(&file);
        Asked {
            detector: &model.detectors.detectors()[member],
            name: named(&model, member),
        }
    });
    let detector = asked.as_ref().map(|asked| asked.detector);
    let recipe = match detector.map(Detector::body) {
        Some(Body::Classical(classical)) => classical.recipe().clone(),
        Some(Body::Network(_)) => Recipe::default(),
        None => request.recipe.clone(),
    };
    let (width, height) = image.luma.dimensions();
    let own = Families::new(recipe.clone().into());
    let mut extracted = |families: &Families| {
        let mut features = Vec::new();
        families.extract(&image, &mut workspace, &mut features)?;
        Ok::<_, FeatureError>((families.columns(width, height)?, features))
    };
    let found = match detector.map(Detector::body) {
        None => extracted(&own),
        Some(Body::Classical(classical)) => extracted(classical.families()),
        // It reads pixels, and says so itself where it can't.
        Some(Body::Network(_)) => Ok(Default::default()),
    };
    let ((mut columns, mut features), mut error) = match found {
        Ok(found) => (found, None),
        Err(error) => (Default::default(), Some(error.to_string())),
    };
    let reads_spectrum = detector.is_none_or(|detector| !radial_frequencies(&detector.columns()).is_empty());
    // What a detector of other families does not look at can still be shown.
    let shown = (!reads_spectrum).then(|| extracted(&own).unwrap_or_default());
    let mut judgement = None;
    if let (Some(asked), None) = (&asked, &error) {
        match judged(asked, &image, &features, request.force, &mut workspace) {
            Ok(found) => judgement = Some(found),
            Err(cause) => error = Some(cause.to_string()),
        }
    }
    if let Some(shown) = shown {
        (columns, features) = shown;
    }
    let radial = radial_frequencies(&columns);
    let classical = detector.and_then(Detector::classical);
    let compared = classical.filter(|_| judgement.is_some() && reads_spectrum);
    let training = compared.map(|classical| {
        let of = |moments: &Moments| Moments {
            images: moments.images,
            mean: radial.iter().map(|(column, _)| moments.mean[*column]).collect(),
            deviation: radial
                .iter()
                .map(|(column, _)| moments.deviation[*column])
                .collect(),
        };
        ClassMoments {
            real: of(&classical.moments().real),
            fake: of(&classical.moments().fake),
        }
    });
    let profile = (!radial.is_empty()).then(|| InspectedProfile {
        frequencies: radial.iter().map(|(_, frequency)| *frequency).collect(),
        values: radial.iter().map(|(column, _)| features[*column]).collect(),
        unit: unit(&recipe).to_owned(),
        training,
    });
    let conditions = detector.map_or_else(Conditions::default, |detector| {
        detector.training().conditions.clone()
    });
    let mut notes = Note::of(&file, &conditions);
    notes.extend(image.source.remarks.iter().cloned().map(Note::Decoder));
    let mut views = Views::of(&image.luma, recipe.window, request.beyond).ok_or(TaskError::NoPixels)?;
    if let (Some(detector), true) = (detector, judgement.is_some())
        && let Some(attention) = detector.attention(&image).map_err(DetectorError::from)?
    {
        views = views.with_attention(&image.luma, &attention);
    }
    let inspection = Inspection {
        schema_version: SchemaVersion,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: request.command.clone(),
        path: sample_of(input).name(),
        width,
        height,
        format: image.source.format.to_string(),
        jpeg_quality: file.jpeg_quality,
        recipe: detector.map_or_else(|| recipe.to_string(), |detector| detector.body().to_string()),
        profile,
        spectrum: views.spectrum_view,
        fine_detail: views.fine_detail,
        judgement,
        error,
        notes: notes.iter().map(ToString::to_string).collect(),
    };
    Ok((inspection, views))
}

/// The detector that is asked, and its name.
struct Asked<'a> {
    detector: &'a Detector,
    name: String,
}

/// Of several detectors it says which.
fn named(model: &Model<'_>, member: usize) -> String {
    match DetectorSet::detectors(model.detectors).len() {
        1 => model.name.to_owned(),
        all => format!("{} (detector {} of {all})", model.name, member + 1),
    }
}

/// Ranges of frequency whose part in a verdict is shown.
const BANDS: usize = 32;

fn judged(
    asked: &Asked<'_>,
    image: &Decoded,
    features: &[f64],
    force: bool,
    workspace: &mut Workspace,
) -> Result<InspectedJudgement, TaskError> {
    let detector = asked.detector;
    let found = detector.judge(image, workspace)?;
    // Of a network there are no features to explain; where it looked is on the page.
    let explained = match detector.classical() {
        Some(classical) => explained(classical, features)?,
        None => Explained::default(),
    };
    Ok(InspectedJudgement {
        model: asked.name.clone(),
        classifier: detector.training().classifier.name().to_owned(),
        score: found.score,
        margin: found.margin,
        verdict: if force { found.by_score } else { found.verdict },
        is_out_of_domain: found.is_out_of_domain,
        error_rate: detector.thresholds().error_rate,
        middle_margin: explained.middle_margin,
        adds_up: explained.adds_up,
        bands: explained.bands,
        families: explained.families,
    })
}

/// What ranges of frequency and families add to a margin.
#[derive(Default)]
struct Explained {
    middle_margin: f64,
    adds_up: bool,
    bands: Vec<BandContribution>,
    families: Vec<BandContribution>,
}

fn explained(classical: &Classical, features: &[f64]) -> Result<Explained, TaskError> {
    let bands = bands(classical.columns(), BANDS);
    let families = family_bands(classical.columns());
    let contributions = classical.contributions(features, &bands)?;
    let of_families = classical.contributions(features, &families)?;
    let moments = classical.moments();
    let above =
        |of: &Moments, band: &Band| deviations_above(features, &of.mean, &of.deviation, &band.columns);
    let described = |bands: &[Band], margins: Vec<f64>| {
        let each = bands.iter().zip(margins);
        each.map(|(band, margin)| BandContribution {
            family: band.family.clone(),
            frequencies: band.frequencies,
            kernel: band.kernel,
            features: band.columns.len(),
            margin,
            above_real: above(&moments.real, band),
            above_fake: above(&moments.fake, band),
        })
        .collect()
    };
    Ok(Explained {
        middle_margin: contributions.middle_margin,
        adds_up: contributions.add_up,
        bands: described(&bands, contributions.margins),
        families: described(&families, of_families.margins),
    })
}
