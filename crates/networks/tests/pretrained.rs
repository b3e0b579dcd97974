//! Weights as arrays, and from files: what fits, what does not, and files that are damaged.
//!
//! `partial.pt` (made by `make_fixtures.py`) is a checkpoint with some of Meso4's weights in half precision under
//! `state_dict`, with the prefix `module.`: without `bn4` and `fc1`, `conv3` of another shape, an `extra` tensor, and a
//! head of two outputs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use burn::tensor::{Device, f16};
use dftective_classify::Architecture;
use dftective_networks::networks::Network;
use dftective_networks::pretrained::{Matched, init_from_file};
use dftective_networks::weights::{Array, WeightsError, arrays, set_arrays, shapes};

use safetensors::tensor::{Dtype, TensorView, serialize};
use tempfile::TempDir;

use super::formula::{filled, pixels, weight};

fn network(architecture: Architecture) -> Network {
    Network::new(architecture, &Device::flex())
}

fn meso4() -> Network {
    network(Architecture::Meso4)
}

fn by_name(network: &Network) -> BTreeMap<String, Array> {
    arrays(network)
        .into_iter()
        .map(|(name, shape, values)| (name, (shape, values)))
        .collect()
}

fn partial() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/partial.pt")
}

/// A safetensors file of these arrays.
fn save(arrays: &BTreeMap<String, Array>, folder: &TempDir) -> PathBuf {
    let bytes: BTreeMap<&String, (Vec<usize>, Vec<u8>)> = arrays
        .iter()
        .map(|(name, (shape, values))| {
            (
                name,
                (
                    shape.clone(),
                    values.iter().flat_map(|value| value.to_le_bytes()).collect(),
                ),
            )
        })
        .collect();
    let views = bytes
        .iter()
        .map(|(name, (shape, bytes))| (name, TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap()));
    let file = folder.path().join("weights.safetensors");
    fs::write(&file, serialize(views, None).unwrap()).unwrap();
    file
}

#[test]
fn arrays_go_into_a_network_and_come_back() {
    for architecture in [
        Architecture::Meso4,
        Architecture::MesoInception4,
        Architecture::SrmResnet,
    ] {
        let device = Device::flex();
        let original = filled(network(architecture));
        let copy = set_arrays(network(architecture), by_name(&original)).unwrap();
        assert_eq!(arrays(&copy), arrays(&original));
        let names_and_shapes: Vec<_> = arrays(&original)
            .into_iter()
            .map(|(name, shape, _)| (name, shape))
            .collect();
        assert_eq!(shapes(&original), names_and_shapes);
        let side = architecture.side() as usize;
        let logits = [&original, &copy].map(|network| network.forward(pixels(side, &device)).into_data());
        assert_eq!(logits[0], logits[1]);
    }
}

#[test]
fn a_training_networks_statistics_are_read_and_replaced() {
    let device = Device::flex().autodiff();
    let before = filled(Network::new(Architecture::SrmResnet, &device));
    let initial = by_name(&before);
    let images = pixels(32, &device);
    before.forward(images.clone());
    let trained = by_name(&before);
    assert_ne!(trained["bn1.running_mean"], initial["bn1.running_mean"]);
    assert_eq!(trained["bn1.weight"], initial["bn1.weight"]);

    // What the step left pending must not come back over what is set, not at the next step either.
    let reset = set_arrays(before, initial.clone()).unwrap();
    assert_eq!(by_name(&reset), initial);
    let loss = reset.forward(images).mean();
    assert_eq!(by_name(&reset), trained);
    let gradients = loss.backward();
    let trains = burn::optim::GradientsParams::from_grads(gradients, &reset);
    // Every tensor but the two statistics of each of the twelve normalisations.
    assert_eq!(trains.len(), shapes(&reset).len() - 2 * 12);
}

#[test]
fn arrays_that_do_not_fit_are_all_named() {
    let mut arrays = by_name(&meso4());
    arrays.remove("conv1.weight");
    arrays.insert("conv5.weight".to_owned(), (vec![1], vec![0.0]));
    // A dense weight the way burn has it, and values for another shape.
    arrays.get_mut("fc1.weight").unwrap().0.reverse();
    arrays.get_mut("bn2.bias").unwrap().1.pop();
    arrays.get_mut("bn1.running_var").unwrap().1[3] = -1e-3;
    arrays.get_mut("fc2.bias").unwrap().1[0] = f32::NAN;
    let error = set_arrays(meso4(), arrays).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the weights do not fit meso4:
  1 missing: conv1.weight
  1 unknown: conv5.weight
  2 of another shape: bn2.bias (here 8, there 8), fc1.weight (here 16 × 1024, there 1024 × 16)
  2 not usable numbers: bn1.running_var, fc2.bias"
    );
}

#[test]
fn a_safetensors_file_loads_whole() {
    let folder = tempfile::tempdir().unwrap();
    for architecture in [Architecture::Meso4, Architecture::SrmResnet] {
        let original = filled(network(architecture));
        let prefixed = by_name(&original)
            .into_iter()
            .map(|(name, array)| (format!("model.module.{name}"), array))
            .collect();
        let (loaded, matched) = init_from_file(network(architecture), &save(&prefixed, &folder)).unwrap();
        assert_eq!(arrays(&loaded), arrays(&original));
        let all = shapes(&original).len();
        assert_eq!(matched.to_string(), format!("{all} of {all} tensors loaded"));
    }
}

#[test]
fn a_head_behind_a_dropout_and_flat_pointwise_kernels_fit() {
    let folder = tempfile::tempdir().unwrap();
    let original = by_name(&filled(network(Architecture::SrmResnet)));
    let mut published = original.clone();
    let (shape, values) = published.remove("fc.weight").unwrap();
    published.insert("fc.1.weight".to_owned(), (shape, values));
    let bias = published.remove("fc.bias").unwrap();
    published.insert("fc.1.bias".to_owned(), bias);
    let flat = &mut published.get_mut("layer2.0.downsample.0.weight").unwrap().0;
    assert_eq!(flat.split_off(2), [1, 1]);
    let (loaded, matched) =
        init_from_file(network(Architecture::SrmResnet), &save(&published, &folder)).unwrap();
    assert_eq!(by_name(&loaded), original);
    assert!(
        matched.missing.is_empty() && matched.unknown.is_empty() && !matched.folded,
        "{matched}"
    );
}

#[test]
fn a_pytorch_checkpoint_loads_as_far_as_it_fits() {
    let initial = filled(meso4());
    let (loaded, matched) = init_from_file(meso4_of(&initial), &partial()).unwrap();
    assert_eq!(
        matched.to_string(),
        "17 of 24 tensors loaded; the two outputs became one logit, the second's (fake) less the first's
  6 not in the file, left as initialised: bn4.weight, bn4.bias, bn4.running_mean, bn4.running_var, fc1.weight, fc1.bias
  1 of another shape, left as initialised: conv3.weight (here 16 × 8 × 5 × 5, there 16 × 8 × 3 × 3)
  1 in the file only, not used: state_dict.module.extra"
    );
    let (initial, loaded) = (by_name(&initial), by_name(&loaded));
    let half = |value: f32| f16::from_f32(value).to_f32();
    for (name, (shape, values)) in &loaded {
        if name == "fc2.weight" {
            let both = weight("two outputs", &[2, 16]);
            let folded: Vec<f32> = (0..16).map(|i| half(both[16 + i]) - half(both[i])).collect();
            assert_eq!((shape.as_slice(), values), ([1, 16].as_slice(), &folded));
        } else if name == "fc2.bias" {
            assert_eq!(values, &[0.75]);
        } else if matched.loaded.contains(name) {
            assert_eq!(
                values,
                &weight(name, shape).into_iter().map(half).collect::<Vec<_>>(),
                "{name}"
            );
        } else {
            assert_eq!(values, &initial[name].1, "{name}");
        }
    }
}

fn meso4_of(network: &Network) -> Network {
    set_arrays(meso4(), by_name(network)).unwrap()
}

#[test]
fn weights_of_another_network_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["encoder.weight", "blocks.1.scale"];
    let arrays = names
        .map(|name| (name.to_owned(), (vec![2], vec![0.0, 1.0])))
        .into();
    let file = save(&arrays, &folder);
    let error = init_from_file(network(Architecture::Resnet18), &file).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{}: none of its 2 tensors fits resnet18: blocks.1.scale, encoder.weight",
            file.display()
        )
    );
}

#[test]
fn values_that_are_not_finite_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut arrays = by_name(&meso4());
    arrays.get_mut("conv1.weight").unwrap().1[0] = f32::INFINITY;
    let file = save(&arrays, &folder);
    let text = load(&file).unwrap_err().to_string();
    let cause = "the weights do not fit meso4:\n  1 not usable numbers: conv1.weight";
    assert_eq!(text, format!("{}: {cause}", file.display()));
}

/// Loading must end in a network or an error that names the file.
fn load(file: &Path) -> Result<Matched, WeightsError> {
    let result = init_from_file(meso4(), file).map(|(_, matched)| matched);
    if let Err(error) = &result {
        assert!(
            error.to_string().starts_with(&file.display().to_string()),
            "{error}"
        );
    }
    result
}

#[test]
fn a_truncated_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let tensors = fs::read(save(&by_name(&meso4()), &folder)).unwrap();
    for (bytes, extension) in [(fs::read(partial()).unwrap(), "pt"), (tensors, "safetensors")] {
        let file = folder.path().join("cut").with_extension(extension);
        let lengths = (0..bytes.len())
            .step_by(bytes.len() / 60)
            .chain([1, 8, 9, bytes.len() - 1]);
        for length in lengths {
            fs::write(&file, &bytes[..length]).unwrap();
            let error = load(&file).unwrap_err();
            assert!(
                matches!(error, WeightsError::Unreadable { .. }),
                "{length}: {error}"
            );
        }
    }
}

#[test]
fn a_damaged_file_never_panics() {
    let folder = tempfile::tempdir().unwrap();
    let tensors = fs::read(save(&by_name(&meso4()), &folder)).unwrap();
    for (original, extension) in [(fs::read(partial()).unwrap(), "pth"), (tensors, "safetensors")] {
        let file = folder.path().join("damaged").with_extension(extension);
        // Where names, shapes and offsets are: at the beginning, and at the end of a zip archive.
        let places = (0..2500)
            .step_by(11)
            .chain((original.len() - 2500..original.len()).step_by(11));
        for place in places {
            let mut bytes = original.clone();
            bytes[place] = bytes[place].wrapping_add(97);
            fs::write(&file, &bytes).unwrap();
            // Both ends are right: a changed name is a tensor less, a changed length an error.
            let _ = load(&file);
        }
    }
}

#[test]
fn what_is_no_file_of_weights_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str, bytes: &[u8]| {
        let file = folder.path().join(name);
        fs::write(&file, bytes).unwrap();
        load(&file).unwrap_err()
    };
    assert!(matches!(
        of("weights.onnx", b""),
        WeightsError::UnknownFormat { .. }
    ));
    assert!(matches!(of("empty.pt", b""), WeightsError::Unreadable { .. }));
    assert!(matches!(
        of("text.safetensors", b"not weights at all"),
        WeightsError::Unreadable { .. }
    ));
    // A pickle that would run a command is read as data: it holds no tensors.
    let program = b"cposix\nsystem\n(S'false'\ntR.";
    assert!(matches!(
        of("program.pt", program),
        WeightsError::Unreadable { .. }
    ));
    let missing = load(&folder.path().join("missing.pt")).unwrap_err();
    assert!(matches!(missing, WeightsError::Unreadable { .. }));
}
