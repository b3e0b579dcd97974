//! Margins, scores and verdicts of single images.

use super::*;
use dftective_classify::Verdict;
use dftective_decode::{JpegDamage, Limits, Remark, decode_channels, encode_jpeg};
use dftective_features::Selection;
use dftective_sample::ErrorCode;

#[test]
fn unseen_images_are_told_apart() {
    let detector = train(&training_set(), &logistic()).unwrap();
    let mut workspace = Workspace::default();
    for seed in 1000..1010 {
        for fake in [false, true] {
            let judgement = detector.judge(&image(fake, 32, seed), &mut workspace).unwrap();
            assert_eq!(judgement.margin > 0.0, fake);
            assert_eq!(judgement.score > 0.5, fake);
            let expected = if fake { Verdict::Fake } else { Verdict::Real };
            assert_eq!(judgement.verdict, expected);
            assert_eq!(judgement.notes, []);
        }
    }
}

#[test]
fn images_unlike_the_training_images_are_left_open() {
    let detector = train(&training_set(), &logistic()).unwrap();
    let mut other = image(true, 32, 1000);
    if let Some(jpeg) = &mut other.source.jpeg {
        jpeg.quality = Some(95);
    }
    other.source.remarks = vec![Remark::AlphaIgnored];
    let mut workspace = Workspace::default();
    let judgement = detector.judge(&other, &mut workspace).unwrap();
    assert!(judgement.is_out_of_domain);
    assert_eq!(
        (judgement.verdict, judgement.by_score),
        (Verdict::Uncertain, Verdict::Fake)
    );
    let texts: Vec<String> = judgement.notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "lightly compressed (JPEG quality about 95, trained on 75)",
            "alpha channel ignored"
        ]
    );
    assert!(detector.is_out_of_domain(&file_facts(&other, &mut workspace)));
}

#[test]
fn images_that_are_not_all_there_are_left_open() {
    let detector = train(&training_set(), &logistic()).unwrap();
    let mut workspace = Workspace::default();
    let part = Remark::PartOfScreen {
        width: 40,
        height: 40,
    };
    for (remark, text) in [
        (
            Remark::PixelsSkipped(12),
            "12 pixels are not in the file and stand as black",
        ),
        (
            part,
            "the first frame alone, which is a part of the screen (40x40)",
        ),
    ] {
        let mut incomplete = image(true, 32, 1000);
        incomplete.source.remarks = vec![remark];
        let judgement = detector.judge(&incomplete, &mut workspace).unwrap();
        assert!(judgement.is_out_of_domain);
        assert_eq!(
            (judgement.verdict, judgement.by_score),
            (Verdict::Uncertain, Verdict::Fake)
        );
        assert_eq!(judgement.notes[0].to_string(), text);
        assert!(detector.is_out_of_domain(&file_facts(&incomplete, &mut workspace)));
    }
}

#[test]
fn images_of_damaged_files_are_left_open() {
    let detector = train(&training_set(), &logistic()).unwrap();
    let mut workspace = Workspace::default();
    let whole = image(true, 32, 1000);
    let mut damaged = whole.clone();
    damaged.source.remarks = vec![Remark::DamagedJpeg(JpegDamage::SurplusBytes)];
    let (of_whole, of_damaged) = (
        detector.judge(&whole, &mut workspace).unwrap(),
        detector.judge(&damaged, &mut workspace).unwrap(),
    );
    assert!(!of_whole.is_out_of_domain && of_damaged.is_out_of_domain);
    assert_eq!(
        (of_damaged.score, of_damaged.by_score, of_damaged.verdict),
        (of_whole.score, of_whole.verdict, Verdict::Uncertain)
    );
    assert_eq!(
        of_damaged
            .notes
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
        ["damaged JPEG: bytes that belong to nothing"]
    );
    // Also where scores come from features.
    assert!(!detector.is_out_of_domain(&file_facts(&whole, &mut workspace)));
    assert!(detector.is_out_of_domain(&file_facts(&damaged, &mut workspace)));
}

#[test]
fn a_score_is_the_calibrated_margin_of_the_scaled_features() {
    let set = training_set();
    let detector = train(&set, &logistic()).unwrap();
    let row = set.features.row(3).to_vec();
    let mut scaled = row.clone();
    let (margin, score) = detector.score(&mut scaled).unwrap();
    let judgement = detector
        .judge(&image(true, 32, 3), &mut Workspace::default())
        .unwrap();
    assert_eq!((judgement.margin, judgement.score), (margin, score));
    let mut by_hand = row;
    classical(&detector).scaler.transform_row(&mut by_hand);
    assert_eq!(scaled, by_hand);
    assert_eq!(margin, classical(&detector).model.margin(&by_hand));
    assert_eq!(score, detector.calibration.score(margin));
}

#[test]
fn images_without_the_features_are_refused() {
    let raw: Recipe = "faces-hq".parse().unwrap();
    let family = Families::new(raw.clone().into());
    let mut set = training_set();
    set.columns = family.columns(32, 32).unwrap();
    let mut values = Vec::new();
    let mut workspace = Workspace::default();
    for (index, &fake) in set.fake().iter().enumerate() {
        let image = image(fake, 32, index as u64);
        family.extract(&image, &mut workspace, &mut values).unwrap();
    }
    set.features = Array2::from_shape_vec((set.samples.len(), set.columns.len()), values).unwrap();
    set.selection = raw.into();
    let detector = train(&set, &logistic()).unwrap();
    assert!(detector.judge(&image(true, 32, 70), &mut workspace).is_ok());
    let error = detector.judge(&image(true, 48, 70), &mut workspace).unwrap_err();
    // floor((N − 1)/√2) − 1 radial bins of an even side N.
    assert_eq!(
        error.to_string(),
        "48x48 pixels give 32 features, the detector was trained on 20: its recipe keeps one feature a radial bin, so \
         it takes images of the training size only"
    );
    let grey = decoded(GrayImage::from_pixel(32, 32, Luma([9])));
    assert!(matches!(
        detector.judge(&grey, &mut workspace),
        Err(DetectorError::Feature(
            dftective_features::FeatureError::OneColour
        ))
    ));
}

/// Features far outside those trained on can overflow a kernel; that is an error, not an infinite score.
#[test]
fn a_margin_that_overflows_is_an_error() {
    let [_, _, polynomial, ..] = classifiers();
    let detector = train(&training_set(), &options(polynomial)).unwrap();
    let error = detector.score(&mut [1e200; BINS]).unwrap_err();
    assert!(matches!(error, DetectorError::Margin { margin } if !margin.is_finite()));
}

/// Whatever a detector reads, of a picture of one colour it says nothing.
#[test]
fn a_picture_of_one_colour_has_no_score_from_any_detector() {
    for families in [
        "radial",
        "spam-rgb",
        "colour",
        "srm,haar",
        "dctr-np",
        "benford",
        "dct-stats",
    ] {
        let selection: Selection = format!("families={families}").parse().unwrap();
        let family = Families::new(selection.clone());
        let decode = |picture: &image::RgbImage| {
            let file = encode_jpeg(picture, 90).unwrap();
            decode_channels(&file, &Limits::default(), family.channels()).unwrap()
        };
        let (mut values, mut workspace) = (Vec::new(), Workspace::default());
        let mut samples = Vec::new();
        for seed in 0..12 {
            let is_fake = seed % 2 == 1;
            let luma = image(is_fake, 64, seed).luma;
            let shifted = |x: u32, y: u32, by: u32| luma.get_pixel((x + by) % 64, y)[0];
            let picture =
                image::RgbImage::from_fn(64, 64, |x, y| image::Rgb([0, 5, 9].map(|by| shifted(x, y, by))));
            let decoded = decode(&picture);
            family.extract(&decoded, &mut workspace, &mut values).unwrap();
            samples.push(Sample {
                label: Some(if is_fake { Label::Fake } else { Label::Real }),
                file: file_facts(&decoded, &mut workspace),
                ..Sample::default()
            });
        }
        let columns = family.fixed_columns().unwrap();
        let set = Dataset {
            features: Array2::from_shape_vec((12, columns.len()), values).unwrap(),
            columns,
            samples,
            ..Dataset::empty(selection)
        };
        let detector = train(&set, &options(Params::Ridge(RidgeParams::default()))).unwrap();
        for colour in [[0; 3], [255; 3], [90; 3], [250, 100, 7]] {
            let blank = decode(&image::RgbImage::from_pixel(64, 64, image::Rgb(colour)));
            let error = detector.judge(&blank, &mut workspace).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Constant, "{families}: {error}");
        }
    }
}
