//! Saved detectors, whole, cut, forged and foreign.

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde_json::{Value, json};

use super::*;

/// Type, shape, bytes.
type Array = (Dtype, Vec<usize>, Vec<u8>);
type Arrays = std::collections::BTreeMap<String, Array>;

/// The file with its arrays and its description changed.
fn forged(bytes: &[u8], change: impl FnOnce(&mut Arrays, &mut Value)) -> Vec<u8> {
    let tensors = SafeTensors::deserialize(bytes).unwrap();
    let mut arrays: Arrays = tensors
        .tensors()
        .into_iter()
        .map(|(name, view)| (name, (view.dtype(), view.shape().to_vec(), view.data().to_vec())))
        .collect();
    let mut description = description(bytes);
    change(&mut arrays, &mut description);
    let views = arrays
        .iter()
        .map(|(name, (dtype, shape, bytes))| (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap()));
    let metadata = [("dftective".to_owned(), description.to_string())];
    safetensors::serialize(views, Some(metadata.into())).unwrap()
}

/// The JSON in the file.
pub(super) fn description(bytes: &[u8]) -> Value {
    let (_, header) = SafeTensors::read_metadata(bytes).unwrap();
    serde_json::from_str(&header.metadata().as_ref().unwrap()["dftective"]).unwrap()
}

fn message(bytes: &[u8]) -> String {
    Detector::from_bytes(bytes).map(|_| ()).unwrap_err().to_string()
}

/// Every classifier, and a calibration with arrays.
fn every_detector() -> Vec<Vec<u8>> {
    let set = training_set();
    let isotonic = TrainOptions {
        calibration: CalibrationMethod::Isotonic,
        ..logistic()
    };
    let all = classifiers().map(options).into_iter().chain([isotonic]);
    all.map(|options| train(&set, &options).unwrap().to_bytes().unwrap())
        .collect()
}

#[test]
fn every_classifier_comes_back_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("detector.safetensors");
    let set = training_set();
    let mut workspace = Workspace::default();
    for params in classifiers() {
        for (scaling, calibration) in [
            (Scaling::None, CalibrationMethod::Isotonic),
            (Scaling::Standard, CalibrationMethod::Platt),
            (Scaling::Clipped, CalibrationMethod::Platt),
        ] {
            let options = TrainOptions {
                scaling,
                calibration,
                ..options(params.clone())
            };
            let made = train(&set, &options).unwrap();
            made.save(&path).unwrap();
            let loaded = Detector::load(&path).unwrap();
            let name = params.name();
            assert_eq!(
                loaded.to_bytes().unwrap(),
                std::fs::read(&path).unwrap(),
                "{name}"
            );
            assert_eq!(loaded.digest().unwrap(), made.digest().unwrap());
            assert_eq!(loaded.training(), made.training());
            assert_eq!(loaded.classical().unwrap().selection(), &set.selection);
            assert_eq!(loaded.columns(), set.columns);
            assert_eq!(loaded.calibration(), made.calibration());
            assert_eq!(loaded.calibration().method(), calibration);
            assert_eq!(loaded.to_string(), made.to_string());
            for (fake, seed) in [(false, 100), (true, 101)] {
                let unseen = image(fake, 32, seed);
                let before = made.judge(&unseen, &mut workspace).unwrap();
                let after = loaded.judge(&unseen, &mut Workspace::default()).unwrap();
                assert_eq!(before.margin.to_bits(), after.margin.to_bits(), "{name}");
                assert_eq!(before.score.to_bits(), after.score.to_bits(), "{name}");
                assert_eq!(before, after);
                assert_eq!(after.margin > 0.0, fake, "{name}");
            }
        }
    }
}

#[test]
fn a_cut_file_is_an_error_at_every_length() {
    for bytes in every_detector() {
        for length in 0..bytes.len() {
            assert!(Detector::from_bytes(&bytes[..length]).is_err(), "{length}");
        }
        assert!(Detector::from_bytes(&[&bytes[..], b"\0"].concat()).is_err());
    }
}

/// A changed header may still be one of a detector. Then it must judge or refuse, never panic.
#[test]
fn no_change_to_a_header_panics() {
    let unseen = image(false, 32, 100);
    let mut workspace = Workspace::default();
    let mut refused = 0;
    for bytes in every_detector() {
        let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        for place in 0..header {
            for value in [bytes[place] ^ 1, bytes[place] ^ 0x80, b'9', b'-', b'"', b'[', 0] {
                let mut changed = bytes.clone();
                changed[place] = value;
                match Detector::from_bytes(&changed) {
                    Ok(detector) => {
                        // The result does not matter, its coming does.
                        let _ = detector.judge(&unseen, &mut workspace);
                    }
                    Err(error) => {
                        assert!(!error.to_string().is_empty());
                        refused += 1;
                    }
                }
            }
        }
    }
    assert!(refused > 10_000, "{refused}");
}

#[test]
fn every_spoilt_array_is_an_error() {
    for bytes in every_detector() {
        let mut names = Vec::new();
        let whole = forged(&bytes, |arrays, _| names.extend(arrays.keys().cloned()));
        assert!(Detector::from_bytes(&whole).is_ok());
        assert!(!names.is_empty());
        for name in &names {
            let spoilt = |what: &str, change: &dyn Fn(&mut Array)| {
                let changed = forged(&bytes, |arrays, _| change(arrays.get_mut(name).unwrap()));
                let found = message(&changed);
                let bare = name.split_once('.').unwrap().1;
                assert!(
                    found.starts_with("damaged detector: ") && found.contains(bare),
                    "{name} {what}: {found}"
                );
            };
            for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                let last = |(_, _, bytes): &mut Array| {
                    let start = bytes.len() - 8;
                    bytes[start..].copy_from_slice(&value.to_le_bytes());
                };
                spoilt("not finite", &last);
            }
            spoilt("a dimension more", &|(_, shape, _)| shape.extend([1, 1]));
            spoilt("empty", &|(_, shape, bytes)| {
                shape[0] = 0;
                bytes.clear();
            });
            spoilt("of integers", &|(dtype, _, _)| *dtype = Dtype::I64);
            spoilt("of single precision", &|(dtype, shape, _)| {
                *dtype = Dtype::F32;
                shape[0] *= 2;
            });
            let missing = forged(&bytes, |arrays, _| {
                arrays.remove(name);
            });
            assert!(message(&missing).starts_with("damaged detector: "), "{name}");
            // One feature, or one vector, more than the other arrays have.
            let longer = forged(&bytes, |arrays, _| {
                let (_, shape, bytes) = arrays.get_mut(name).unwrap();
                let row = bytes.len() / shape[0];
                shape[0] += 1;
                bytes.extend_from_within(..row);
            });
            assert!(message(&longer).starts_with("damaged detector: "), "{name}");
        }
        for name in [
            "surplus",
            "model.surplus",
            "scaler.surplus",
            "calibration.surplus",
        ] {
            let surplus = forged(&bytes, |arrays, _| {
                arrays.insert(name.to_owned(), (Dtype::F64, vec![1], vec![0; 8]));
            });
            assert!(message(&surplus).contains("surplus"), "{}", message(&surplus));
        }
    }
}

#[test]
fn every_spoilt_description_is_an_error() {
    let bytes = train(&training_set(), &logistic()).unwrap().to_bytes().unwrap();
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 22] = [
        ("unknown field `surplus`", |d| d["surplus"] = json!(1)),
        ("unknown field `surplus`", |d| d["training"]["surplus"] = json!(1)),
        ("unknown field `surplus`", |d| {
            d["training"]["held_out"]["surplus"] = json!(1);
        }),
        ("missing field `calibration`", |d| {
            d.as_object_mut().unwrap().remove("calibration");
        }),
        ("unknown variant `beta`", |d| d["calibration"] = json!("beta")),
        ("array \"margins\": expected an array, found nothing", |d| {
            d["calibration"] = json!("isotonic");
        }),
        ("unknown variant `real`", |d| d["positive_class"] = json!("real")),
        ("no feature family is called \"dct\"", |d| {
            d["body"]["classical"]["families"][0]["name"] = json!("dct");
        }),
        ("a recipe goes with the families that are spectra", |d| {
            d["body"]["classical"]["families"][0]["name"] = json!("dctr");
        }),
        ("were computed with 'q=5', this program computes 'q=4'", |d| {
            let family = json!({ "name": "dctr", "settings": "q=5" });
            d["body"]["classical"]["families"] = json!([family]);
            d["body"]["classical"].as_object_mut().unwrap().remove("recipe");
        }),
        (
            "were computed with 'q=4', this program computes 'the recipe'",
            |d| {
                d["body"]["classical"]["families"][0]["settings"] = json!("q=4");
            },
        ),
        ("unknown centre 'left'", |d| {
            d["body"]["classical"]["recipe"]["centre"] = json!("left");
        }),
        ("unknown recipe option 'colour'", |d| {
            d["body"]["classical"]["recipe"]["colour"] = json!("red");
        }),
        ("its recipe does not say window", |d| {
            let recipe = d["body"]["classical"]["recipe"].as_object_mut().unwrap();
            recipe.remove("window");
        }),
        ("no feature family", |d| {
            d["body"]["classical"]["families"] = json!([]);
        }),
        ("stands in it twice", |d| {
            let family = d["body"]["classical"]["families"][0].clone();
            d["body"]["classical"]["families"] = json!([family, family]);
        }),
        ("5 columns, but", |d| {
            d["body"]["classical"]["columns"].as_array_mut().unwrap().pop();
        }),
        ("its families give 7 features", |d| {
            d["body"]["classical"]["recipe"]["bins"] = json!("7");
        }),
        ("unknown variant `forest`", |d| {
            d["body"] = json!({ "forest": {} })
        }),
        ("a must be", |d| {
            d["calibration"]["platt"]["a"] = json!(-1.0);
        }),
        ("low must be", |d| d["thresholds"]["low"] = json!(0.7)),
        ("invalid type", |d| d["format_version"] = json!("1")),
    ];
    for (expected, change) in changes {
        let found = message(&forged(&bytes, |_, description| change(description)));
        assert!(
            found.starts_with("damaged detector: ") && found.contains(expected),
            "{expected}: {found}"
        );
    }
}

/// linfa's solvers could once be asked for; what they trained is read as before.
#[test]
fn a_detector_that_linfa_trained_is_read() {
    let detector = train(&training_set(), &logistic()).unwrap();
    let bytes = forged(&detector.to_bytes().unwrap(), |_, description| {
        description["training"]["classifier"]["logistic"]["solver"] = json!("linfa");
    });
    let old = Detector::from_bytes(&bytes).unwrap();
    assert_ne!(old.training().classifier, detector.training().classifier);
    let unseen = image(false, 32, 100);
    let judged = |detector: &Detector| detector.judge(&unseen, &mut Workspace::default()).unwrap();
    assert_eq!(judged(&old), judged(&detector));
}

#[test]
fn newer_versions_and_other_files_are_named() {
    let bytes = train(&training_set(), &logistic()).unwrap().to_bytes().unwrap();
    // A newer version may have any other fields, so its number is looked at first.
    let newer = forged(&bytes, |_, description| {
        *description = json!({ "format_version": FORMAT_VERSION + 1, "unheard_of": [] });
    });
    assert_eq!(
        message(&newer),
        "detector of format version 6, this program reads version 5: use a newer dftective"
    );
    // What the first version wrote: the sigmoid alone, and no figures of it.
    let older = forged(&bytes, |_, description| {
        description["format_version"] = json!(1);
        description["platt"] = description["calibration"]["platt"].take();
    });
    assert_eq!(
        message(&older),
        "detector of format version 1, this program reads version 5: train it again"
    );
    let foreign = safetensors::serialize(Vec::<(String, TensorView<'_>)>::new(), None).unwrap();
    assert_eq!(
        message(&foreign),
        "not a dftective detector: a safetensors file without 'dftective' in its metadata"
    );
    for other in [&b""[..], b"RIFF....WEBP", &[0xff; 64]] {
        assert!(message(other).starts_with("not a dftective detector: "));
    }
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("none"), folder.path().to_owned()] {
        assert!(matches!(Detector::load(&path), Err(DetectorError::Io(_))));
    }
    let missing = folder.path().join("none").join("detector.safetensors");
    let detector = Detector::from_bytes(&bytes).unwrap();
    assert!(matches!(detector.save(&missing), Err(DetectorError::Io(_))));
}
