//! Several detectors in one file.

use super::*;
use dftective_features::Tiles;

/// Trained on the same planes, said to be of another quality.
fn of_quality(quality: u32) -> Detector {
    let mut set = training_set();
    for sample in &mut set.samples {
        sample.file.jpeg_quality = Some(quality);
    }
    train(&set, &logistic()).unwrap()
}

fn pair() -> DetectorSet {
    DetectorSet::new(vec![of_quality(75), of_quality(95)]).unwrap()
}

fn with_quality(quality: u8) -> Decoded {
    let mut image = image(true, 32, 1000);
    if let Some(jpeg) = &mut image.source.jpeg {
        jpeg.quality = Some(quality);
    }
    image
}

#[test]
fn each_image_is_judged_by_the_detector_of_its_kind() {
    let detectors = pair();
    let mut workspace = Workspace::default();
    for (quality, chosen, is_out_of_domain) in [(75, 0, false), (94, 1, false), (96, 1, false), (85, 0, true)]
    {
        let image = with_quality(quality);
        let (index, judgement) = detectors.judge(&image, &mut workspace).unwrap();
        assert_eq!(
            (index, judgement.is_out_of_domain),
            (chosen, is_out_of_domain),
            "{quality}"
        );
        let own = detectors.detectors()[chosen]
            .judge(&image, &mut workspace)
            .unwrap();
        assert_eq!(judgement, own);
    }
}

#[test]
fn they_are_read_as_written() {
    let detectors = pair();
    let bytes = detectors.to_bytes().unwrap();
    let read = DetectorSet::from_bytes(&bytes).unwrap();
    assert_eq!(read.detectors().len(), 2);
    assert_eq!(read.to_bytes().unwrap(), bytes);
    assert_eq!(read.digest().unwrap(), detectors.digest().unwrap());
    // One alone is the detector's own file.
    let one = of_quality(75);
    let bytes_of_one = one.to_bytes().unwrap();
    let read = DetectorSet::from_bytes(&bytes_of_one).unwrap();
    assert_eq!(read.to_bytes().unwrap(), bytes_of_one);
    // And several are not one.
    let message = Detector::from_bytes(&bytes).map(|_| ()).unwrap_err().to_string();
    assert!(message.contains("several detectors"), "{message}");
    for end in (0..bytes.len()).step_by(997) {
        assert!(DetectorSet::from_bytes(&bytes[..end]).is_err());
    }
}

#[test]
fn none_or_the_same_twice_are_refused() {
    assert!(matches!(
        DetectorSet::new(Vec::new()),
        Err(DetectorError::DetectorSet { found: 0 })
    ));
    let twice = DetectorSet::new(vec![of_quality(75), of_quality(75)]);
    assert!(matches!(twice, Err(DetectorError::DetectorSet { found: 2 })));
}

#[test]
fn squares_are_kept_with_a_detector() {
    let selection = Selection::from(format!("default bins={BINS}").parse::<Recipe>().unwrap());
    let selection = selection.with_tiles(Some(Tiles::new(32, 4).unwrap()));
    let mut set = training_set();
    // Pictures of one square have the same features as before.
    set.selection = selection.clone();
    let detector = train(&set, &logistic()).unwrap();
    let read = Detector::from_bytes(&detector.to_bytes().unwrap()).unwrap();
    assert_eq!(read.classical().unwrap().selection(), &selection);
    let judged = |detector: &Detector, image: &Decoded| {
        detector.judge(image, &mut Workspace::default()).unwrap().margin
    };
    let image = image(true, 32, 1000);
    let whole = train(&training_set(), &logistic()).unwrap();
    assert_eq!(judged(&read, &image), judged(&whole, &image));
}
