use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{HoldOut, stratified_hold_out};
use crate::SplitError;

/// The seed of one repetition: the first number of stream `repetition` of the generator that `seed` starts, so
/// that any repetition can be made again without those before it.
pub fn repetition_seed(seed: u64, repetition: u64) -> u64 {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(repetition);
    generator.next_u64()
}

/// Repeated hold-out, the paper's protocol with 10 repetitions and a fraction of 0.2: repetition r is
/// [`stratified_hold_out`] with [`repetition_seed`]`(seed, r)`.
///
/// # Errors
/// What [`stratified_hold_out`] says.
pub fn repeated_hold_outs(
    labels: &[bool],
    groups: Option<&[usize]>,
    test_fraction: f64,
    repetitions: u64,
    seed: u64,
) -> Result<Vec<HoldOut>, SplitError> {
    (0..repetitions)
        .map(|r| stratified_hold_out(labels, groups, test_fraction, repetition_seed(seed, r)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repetition_can_be_made_alone() -> Result<(), SplitError> {
        let labels: Vec<bool> = (0..50).map(|i| i % 2 == 0).collect();
        let splits = repeated_hold_outs(&labels, None, 0.2, 10, 7)?;
        let alone = stratified_hold_out(&labels, None, 0.2, repetition_seed(7, 9))?;
        assert_eq!(splits[9], alone);
        assert_eq!(repeated_hold_outs(&labels, None, 0.2, 3, 7)?, splits[..3]);
        for i in 0..10 {
            for j in 0..i {
                assert_ne!(splits[i], splits[j]);
            }
        }
        assert_ne!(repetition_seed(7, 0), repetition_seed(8, 0));
        Ok(())
    }
}
