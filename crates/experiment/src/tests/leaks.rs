use super::{change, data, plain};
use crate::{Data, LeakCheck};
use dftective_sample::FileFacts;

/// The check of 80 items whose files have these properties, by number and class.
fn check(file: impl Fn(usize, bool) -> FileFacts) -> Option<LeakCheck> {
    let mut data: Data = data(40, 3.0);
    change(&mut data, |item, sample| {
        sample.file = file(item, sample.is_fake())
    });
    let measured = plain().measure(&data, || false, |_, _| ());
    measured.unwrap().unwrap().leak
}

#[test]
fn a_size_that_parts_the_classes_is_found() {
    let leak = check(|item, fake| FileFacts {
        width: Some(178),
        height: Some(if fake { 128 } else { 218 }),
        format: Some(["jpeg", "png"][item / 2 % 2].to_owned()),
        jpeg_quality: None,
        ..FileFacts::default()
    })
    .unwrap();
    assert_eq!(
        (leak.property.as_str(), leak.accuracy.mean, leak.guessing),
        ("height", 1.0, 0.5)
    );
    // Wilson's interval over the items tested, as all tests were right: 3 splits of 20 leave none out of 80 for sure.
    assert!(leak.interval.high == 1.0 && leak.interval.low > 0.8, "{leak:?}");
    let of = |name: &str| leak.properties.iter().find(|each| each.property == name).unwrap();
    assert_eq!((of("height").accuracy, of("height").values), (1.0, 2));
    assert_eq!((of("width").accuracy, of("width").values), (0.5, 1));
    // The format is dealt to both classes alike, so its rule is near guessing.
    assert!((of("format").accuracy - 0.5).abs() < 0.2, "{leak:?}");
}

#[test]
fn properties_that_say_nothing_are_no_better_than_guessing() {
    let leak = check(|_, _| FileFacts {
        width: Some(64),
        height: Some(64),
        format: Some("jpeg".to_owned()),
        jpeg_quality: Some(90),
        ..FileFacts::default()
    })
    .unwrap();
    assert_eq!((leak.accuracy.mean, leak.guessing), (0.5, 0.5));
    assert!(leak.interval.low <= 0.5 && leak.interval.high >= 0.5, "{leak:?}");
    // A number of its own for each file was never seen in training, so it tells nothing, however well it was learnt.
    let leak = check(|item, _| FileFacts {
        jpeg_quality: Some(item as u32),
        ..FileFacts::default()
    })
    .unwrap();
    assert_eq!(
        (leak.property.as_str(), leak.accuracy.mean),
        ("JPEG quality", 0.5)
    );
}

#[test]
fn files_that_nothing_is_known_of_are_not_checked() {
    assert_eq!(check(|_, _| FileFacts::default()), None);
}
