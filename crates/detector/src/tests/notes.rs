//! What weakens a verdict, and that nothing is noted without need.

use super::*;
use dftective_decode::Remark;

/// What is said of a picture within the conditions, and whether something lies outside.
fn notes_of(image: &Decoded, trained: &Conditions) -> Vec<Note> {
    Note::of(&file_facts(image, &mut Workspace::default()), trained)
}

fn file(size: (u32, u32), format: Option<&str>, jpeg_quality: Option<u32>) -> FileFacts {
    FileFacts {
        width: Some(size.0),
        height: Some(size.1),
        format: format.map(str::to_owned),
        jpeg_quality,
        resampling: Some(0.0),
        ..FileFacts::default()
    }
}

fn trained() -> Conditions {
    let mut conditions = Conditions::default();
    conditions.add(&file((64, 64), Some("jpeg"), Some(70)));
    conditions.add(&file((96, 96), Some("jpeg"), Some(90)));
    conditions
}

fn notes_and_texts(image: &Decoded, trained: &Conditions) -> (Vec<Note>, Vec<String>) {
    let notes = notes_of(image, trained);
    let texts = notes.iter().map(ToString::to_string).collect();
    (notes, texts)
}

#[test]
fn an_image_like_those_trained_on_has_none() {
    for side in [64, 80, 96] {
        assert_eq!(notes_of(&image(false, side, 1), &trained()), []);
    }
    assert_eq!(notes_of(&image(false, 200, 1), &Conditions::default()), []);
}

#[test]
fn sizes_outside_those_trained_on() {
    let (notes, texts) = notes_and_texts(&image(false, 63, 1), &trained());
    let range = Range { min: 64, max: 96 };
    assert_eq!(
        notes,
        [Note::SmallerThanTraining {
            side: 63,
            trained: range
        }]
    );
    assert_eq!(
        texts,
        ["smaller than the training images (shorter side 63, trained on 64 to 96)"]
    );
    let (notes, texts) = notes_and_texts(&image(false, 97, 1), &trained());
    assert_eq!(
        notes,
        [Note::LargerThanTraining {
            side: 97,
            trained: range
        }]
    );
    assert_eq!(
        texts,
        ["larger than the training images (longer side 97, trained on 64 to 96)"]
    );

    let mut oblong = image(false, 80, 1);
    oblong.luma = image::imageops::crop_imm(&oblong.luma, 0, 0, 70, 80).to_image();
    oblong.source.width = 70;
    let (notes, texts) = notes_and_texts(&oblong, &trained());
    assert_eq!(
        notes,
        [Note::NotSquare {
            width: 70,
            height: 80
        }]
    );
    assert_eq!(texts, ["not square (70x80), the training images were"]);
    let mut with_oblong = trained();
    with_oblong.add(&file((64, 96), None, None));
    assert_eq!(notes_of(&oblong, &with_oblong), []);
}

#[test]
fn compression_other_than_trained_on() {
    let at = |quality| {
        let mut image = image(false, 64, 1);
        if let Some(jpeg) = &mut image.source.jpeg {
            jpeg.quality = Some(quality);
        }
        image
    };
    // The estimate of a quality may be 2 off.
    assert_eq!(notes_of(&at(68), &trained()), []);
    let (_, texts) = notes_and_texts(&at(67), &trained());
    assert_eq!(
        texts,
        ["heavily compressed (JPEG quality about 67, trained on 70 to 90)"]
    );
    assert_eq!(notes_of(&at(92), &trained()), []);
    let (notes, texts) = notes_and_texts(&at(93), &trained());
    assert_eq!(
        texts,
        ["lightly compressed (JPEG quality about 93, trained on 70 to 90)"]
    );
    assert!(notes[0].is_out_of_domain());
    let unknown = Conditions {
        jpeg_quality: None,
        ..trained()
    };
    assert_eq!(notes_of(&at(48), &unknown), []);
    let (notes, texts) = notes_and_texts(&at(47), &unknown);
    assert_eq!(
        notes,
        [Note::HeavilyCompressed {
            quality: 47,
            trained: None
        }]
    );
    // It weakens any verdict, and nothing says that the detector was not trained on such images.
    assert!(!notes[0].is_out_of_domain());
    assert_eq!(texts, ["heavily compressed (JPEG quality about 47)"]);
}

#[test]
fn formats_enlargement_and_what_the_decoder_says() {
    let mut png = image(false, 64, 1);
    png.source.format = Format::Png;
    png.source.jpeg = None;
    let (notes, texts) = notes_and_texts(&png, &trained());
    assert_eq!(notes, [Note::UnfamiliarFormat("png".to_owned())]);
    assert_eq!(texts, ["no training image was png"]);
    assert_eq!(
        Note::Decoder(Remark::OrientationNotApplied(6)).to_string(),
        "orientation tag 6 not applied"
    );

    let small = image(false, 64, 1).luma;
    let bilinear = image::imageops::FilterType::Triangle;
    let enlarged = decoded(image::imageops::resize(&small, 96, 96, bilinear));
    let notes = notes_of(&enlarged, &trained());
    let [
        Note::Resampled {
            frequency,
            is_new: true,
        },
    ] = notes[..]
    else {
        panic!("{notes:?}");
    };
    // Enlarged 3/2 times: 2/3 cycles per pixel, folded to 1/3, to one sample of 94 differences' spectrum.
    assert!((frequency - 1.0 / 3.0).abs() <= 1.0 / 94.0);
    let resampled = |is_new| Note::Resampled {
        frequency: 0.4,
        is_new,
    };
    assert!(resampled(true).is_out_of_domain() && !resampled(false).is_out_of_domain());
    assert_eq!(
        resampled(true).to_string(),
        "signs of enlargement (a pattern of period 2.50 pixels)"
    );
}

#[test]
fn subsampling_other_than_trained_on() {
    let with = |name: &str| FileFacts {
        subsampling: Some(name.to_owned()),
        ..file((64, 64), Some("jpeg"), Some(80))
    };
    let mut conditions = trained();
    assert_eq!(Note::of(&with("4:4:4"), &conditions), []);
    conditions.add(&with("4:2:0"));
    assert_eq!(Note::of(&with("4:2:0"), &conditions), []);
    let notes = Note::of(&with("4:4:4"), &conditions);
    assert_eq!(notes, [Note::UnfamiliarSubsampling("4:4:4".to_owned())]);
    assert!(notes[0].is_out_of_domain());
    assert_eq!(
        notes[0].to_string(),
        "no training image had chroma subsampling 4:4:4"
    );
}

#[test]
fn ranges_of_one_value_are_one_number() {
    assert_eq!(Range { min: 64, max: 64 }.to_string(), "64");
    assert_eq!(Range { min: 64, max: 96 }.to_string(), "64 to 96");
    assert_eq!(trained().formats, BTreeSet::from(["jpeg".to_owned()]));
}
