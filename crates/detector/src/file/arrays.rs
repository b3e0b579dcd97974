//! Arrays as a file has them: by name, with shape and bytes.

use std::collections::BTreeMap;

use ndarray::{Array1, ArrayD};
use safetensors::tensor::{Dtype, TensorView};

use dftective_features::{ClassMoments, Moments};

/// Arrays of double precision by name.
pub(super) type Doubles = BTreeMap<String, ArrayD<f64>>;

const MOMENT_ARRAYS: [&str; 4] = ["real_mean", "real_deviation", "fake_mean", "fake_deviation"];

pub(super) fn moment_arrays(ClassMoments { real, fake }: &ClassMoments) -> Vec<(String, ArrayD<f64>)> {
    let values = [&real.mean, &real.deviation, &fake.mean, &fake.deviation];
    let named = MOMENT_ARRAYS.iter().zip(values);
    named
        .map(|(name, values)| ((*name).to_owned(), Array1::from(values.clone()).into_dyn()))
        .collect()
}

/// The arrays that [`moment_arrays`] gave, each of `features` finite values, of so many real and fake images.
pub(super) fn moments(
    mut arrays: Doubles,
    (real, fake): (u64, u64),
    features: usize,
) -> Result<ClassMoments, String> {
    let mut take = |name: &str| {
        let array = arrays.remove(name).ok_or_else(|| format!("no array {name}"))?;
        if array.shape() != [features] {
            return Err(format!(
                "{name}: expected shape [{features}], found {:?}",
                array.shape()
            ));
        }
        let is_deviation = name.ends_with("deviation");
        match array
            .iter()
            .find(|value| !value.is_finite() || (is_deviation && **value < 0.0))
        {
            Some(value) => Err(format!("{name} holds {value}")),
            None => Ok(array.into_iter().collect::<Vec<f64>>()),
        }
    };
    let [real_mean, real_deviation, fake_mean, fake_deviation] = MOMENT_ARRAYS.map(&mut take);
    let found = ClassMoments {
        real: Moments {
            images: real as usize,
            mean: real_mean?,
            deviation: real_deviation?,
        },
        fake: Moments {
            images: fake as usize,
            mean: fake_mean?,
            deviation: fake_deviation?,
        },
    };
    match arrays.keys().next() {
        Some(name) => Err(format!("unknown array {name}")),
        None => Ok(found),
    }
}

pub(super) fn with_prefix(
    prefix: &'static str,
    arrays: Vec<(String, ArrayD<f64>)>,
) -> impl Iterator<Item = (String, ArrayD<f64>)> {
    arrays
        .into_iter()
        .map(move |(name, array)| (format!("{prefix}{name}"), array))
}

/// Takes out the arrays whose names begin with `prefix`, which is cut off.
pub(super) fn take_prefix(arrays: &mut Doubles, prefix: &str) -> Doubles {
    let (taken, rest) = std::mem::take(arrays)
        .into_iter()
        .partition(|(name, _)| name.starts_with(prefix));
    *arrays = rest;
    let strip = |(name, array): (String, _)| (name[prefix.len()..].to_owned(), array);
    BTreeMap::into_iter(taken).map(strip).collect()
}

/// Shape and values of an array of single precision.
pub(super) fn single(view: &TensorView<'_>) -> Result<(Vec<usize>, Vec<f32>), String> {
    if view.dtype() != Dtype::F32 {
        return Err(format!("expected F32, found {:?}", view.dtype()));
    }
    let values = view.data().as_chunks().0.iter();
    let values = values.map(|bytes| f32::from_le_bytes(*bytes)).collect();
    Ok((view.shape().to_vec(), values))
}

/// An array of double precision.
pub(super) fn double(view: &TensorView<'_>) -> Result<ArrayD<f64>, String> {
    if view.dtype() != Dtype::F64 {
        return Err(format!("expected F64, found {:?}", view.dtype()));
    }
    let values = view
        .data()
        .as_chunks()
        .0
        .iter()
        .map(|bytes| f64::from_le_bytes(*bytes))
        .collect();
    ArrayD::from_shape_vec(view.shape(), values).map_err(|error| error.to_string())
}
