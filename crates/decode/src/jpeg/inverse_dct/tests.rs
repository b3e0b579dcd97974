use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

/// Coefficients as pictures have them, or far beyond, and steps.
fn random(rng: &mut ChaCha8Rng) -> (Block, [i16; 64]) {
    let largest = [3, 40, 300, 3000, 32767][rng.gen_range(0..5)];
    let step = [1, 16, 255, 2047, i16::MAX][rng.gen_range(0..5)];
    let filled = rng.gen_range(0..=64);
    let mut block = [0; 64];
    for coefficient in &mut block[..filled] {
        if rng.gen_bool(0.5) {
            *coefficient = rng.gen_range(-largest..=largest);
        }
    }
    if rng.gen_bool(0.05) {
        block[rng.gen_range(0..64)] = i16::MIN;
    }
    (block, std::array::from_fn(|_| rng.gen_range(1..=step)))
}

/// The last place in zigzag order does not matter beyond being zero or not.
fn last(block: &Block) -> u8 {
    u8::from(block[1..].iter().any(|coefficient| *coefficient != 0)) * 63
}

/// Vectors against the definition, with blocks at the edge cut off.
#[test]
fn a_row_of_blocks_is_its_blocks() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for _ in 0..3000 {
        let steps = random(&mut rng).1;
        let blocks: Vec<Block> = (0..rng.gen_range(1..6)).map(|_| random(&mut rng).0).collect();
        let width = rng.gen_range(1..=blocks.len() * 8);
        let rows = rng.gen_range(1..=8);
        let mut out = vec![7; width * rows];
        let lasts: Vec<u8> = blocks.iter().map(last).collect();
        row(&blocks, &lasts, &steps, width, &mut out);
        let expected: Vec<_> = blocks.iter().map(|found| block(found, &steps)).collect();
        for (y, row) in out.chunks_exact(width).enumerate() {
            for (x, sample) in row.iter().enumerate() {
                assert_eq!(*sample, expected[x / 8][y][x % 8], "{x} {y}");
            }
        }
    }
}

/// The integer transform errs by less than a level: T.81 A.3.3 in double precision, rounded.
#[test]
fn a_block_is_the_inverse_dct_of_its_coefficients() {
    let wave = |frequency: usize, place: usize| {
        let scale = if frequency == 0 { 0.125f64.sqrt() } else { 0.5 };
        scale * (std::f64::consts::PI * ((2 * place + 1) * frequency) as f64 / 16.0).cos()
    };
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut compared = 0;
    while compared < 100 {
        let (coefficients, steps) = random(&mut rng);
        // Twice as much as a sum over a pass, scaled by 4, comes to; beyond, sums of 16 bits wrap.
        let norm: i32 = coefficients
            .iter()
            .zip(&steps)
            .map(|(c, s)| (i32::from(*c) * i32::from(*s)).abs().min(9999))
            .sum();
        if norm > 2900 {
            continue;
        }
        let found = block(&coefficients, &steps);
        for (y, row) in found.iter().enumerate() {
            for (x, sample) in row.iter().enumerate() {
                let sum: f64 = (0..64)
                    .map(|i| {
                        f64::from(coefficients[i]) * f64::from(steps[i]) * wave(i / 8, y) * wave(i % 8, x)
                    })
                    .sum();
                let exact = (sum + 128.0).clamp(0.0, 255.0);
                assert!((f64::from(*sample) - exact).abs() < 1.0, "{sample} {exact}");
            }
        }
        compared += 1;
    }
}
