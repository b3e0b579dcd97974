//! Weights and images from the formula of `make_fixtures.py`.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};
use dftective_networks::networks::Network;
use dftective_networks::weights::{self, Array};

/// Images of a batch.
pub const BATCH: usize = 2;

/// Numbers in [-1, 1): splitmix64 of the index, seeded by the name's 64-bit FNV-1a hash, its upper 24 bits.
fn noise(name: &str, count: usize) -> impl Iterator<Item = f64> {
    let seed = name.bytes().fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    (1..=count as u64).map(move |index| {
        let mut z = seed.wrapping_add(index.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        (z >> 40) as f64 / f64::from(1 << 23) - 1.0
    })
}

/// The values of one tensor.
pub fn weight(name: &str, shape: &[usize]) -> Vec<f32> {
    let values = noise(name, shape.iter().product());
    let scaled: Box<dyn Fn(f64) -> f64> = if shape.len() > 1 {
        let amplitude = (6.0 / shape[1..].iter().product::<usize>() as f64).sqrt();
        Box::new(move |value| value * amplitude)
    } else if name.ends_with("running_var") {
        Box::new(|value| 1.0 + 0.5 * value)
    } else if name.ends_with("weight") {
        Box::new(|value| 0.5 + 0.1 * value)
    } else if name.ends_with("bias") {
        Box::new(|value| if value < -0.5 { -2.0 } else { 2.0 } + 0.1 * value)
    } else {
        Box::new(|value| 0.1 * value)
    };
    values.map(|value| scaled(value) as f32).collect()
}

/// The network with the formula's weights.
pub fn filled(network: Network) -> Network {
    let arrays: BTreeMap<String, Array> = weights::shapes(&network)
        .into_iter()
        .map(|(name, shape)| {
            let values = weight(&name, &shape);
            (name, (shape, values))
        })
        .collect();
    weights::set_arrays(network, arrays).unwrap()
}

/// Slopes that wrap around, with noise of 16 grey levels.
pub fn pixels(side: usize, device: &Device) -> Tensor<4> {
    let mut grain = noise("pixels", BATCH * 3 * side * side);
    let mut values = Vec::new();
    for n in 0..BATCH {
        for c in 0..3 {
            for y in 0..side {
                for x in 0..side {
                    let slope = (y * (n + 1) + x * (2 - n) + 50 * c) % 240;
                    let grain = grain.next().unwrap();
                    values.push(slope as f32 + ((grain + 1.0) * 8.0).floor() as f32);
                }
            }
        }
    }
    Tensor::from_data(TensorData::new(values, [BATCH, 3, side, side]), device)
}
