use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

/// Numbers of codes of each length that leave no code unfinished, and random symbols.
fn random_segment(rng: &mut ChaCha8Rng, class: Class) -> Vec<u8> {
    let mut counts = [0u8; 16];
    let mut free = 1u32;
    for count in &mut counts {
        free *= 2;
        let most = free.saturating_sub(1).min(20);
        *count = rng.gen_range(0..=most) as u8 / rng.gen_range(1..4);
        free -= u32::from(*count);
    }
    let codes: usize = counts.iter().map(|count| usize::from(*count)).sum();
    let largest = if class == Class::Dc { 15 } else { 255 };
    let symbols = (0..codes).map(|_| rng.gen_range(0..=largest));
    counts.into_iter().chain(symbols).collect()
}

/// The symbol at the head of 16 bits and the length of its code (T.81 F.2.2.3, DECODE), bit by bit.
fn symbol(segment: &[u8], bits: u32) -> Option<(u8, u32)> {
    let (counts, symbols) = segment.split_at(16);
    let (mut first, mut place) = (0, 0);
    for (length, count) in (1..=16).zip(counts) {
        let count = u32::from(*count);
        let code = bits >> (16 - length);
        if code < first + count {
            return Some((symbols[(place + code - first) as usize], length));
        }
        first = (first + count) * 2;
        place += count;
    }
    None
}

/// The number in the `size` bits from the `start`th of 16 on (T.81 F.2.2.1, RECEIVE and EXTEND).
fn received(bits: u32, start: u32, size: u32) -> i16 {
    let value = bits >> (16 - start - size) & ((1 << size) - 1);
    let negative = size > 0 && value < 1 << (size - 1);
    (value as i32 - if negative { (1 << size) - 1 } else { 0 }) as i16
}

#[test]
fn every_look_up_is_what_its_bits_say() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut pairs = 0;
    for round in 0..40 {
        let class = if round % 4 == 0 { Class::Dc } else { Class::Ac };
        let segment = random_segment(&mut rng, class);
        let table = Table::new(&segment, class).unwrap();
        for bits in 0..=0xFFFF {
            let entry = table.entry(bits >> (16 - LOOKUP));
            let entry = match entry.kind() {
                Kind::Other => table.long(bits),
                _ => Some(entry),
            };
            let expected = symbol(&segment, bits)
                .filter(|(symbol, _)| class == Class::Dc || symbol & 15 != 0 || [0, 0xF0].contains(symbol));
            assert_eq!(entry.is_some(), expected.is_some(), "{bits:016b}");
            let (Some(entry), Some((symbol, length))) = (entry, expected) else {
                continue;
            };
            let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            let end = class == Class::Ac && symbol == 0;
            assert_eq!(entry.first(), if end { END } else { run + 1 });
            if entry.kind() == Kind::Wide {
                assert_eq!((entry.length(), entry.size()), (length, size));
                assert!(length + size > LOOKUP);
                continue;
            }
            assert_eq!(entry.first_length(), length + size);
            assert_eq!(entry.numbers()[0], received(bits, length, size));
            // The second is what a look-up of the bits behind the first finds.
            let next = table.entry(bits << (length + size) >> (16 - LOOKUP));
            if entry.second() == 0 {
                assert_eq!(
                    (entry.length(), entry.numbers()[1]),
                    (length + size, entry.numbers()[0])
                );
            } else {
                assert_eq!(entry.length(), length + size + next.first_length());
                assert_eq!(
                    (entry.second(), entry.numbers()[1]),
                    (next.first(), next.numbers()[0])
                );
                assert!(entry.length() <= LOOKUP && !end);
                pairs += 1;
            }
        }
    }
    assert!(pairs > 10_000, "{pairs}");
}

#[test]
fn codes_that_do_not_fit_are_refused() {
    let table = |counts: [u8; 16], symbols: usize| {
        Table::new(&[&counts[..], &vec![1; symbols]].concat(), Class::Ac).is_some()
    };
    let mut counts = [0; 16];
    counts[0] = 1;
    assert!(table(counts, 1));
    counts[0] = 2;
    assert!(!table(counts, 2));
    counts = [0; 16];
    (counts[0], counts[15]) = (1, 255);
    assert!(table(counts, 256));
    counts[14] = 1;
    assert!(!table(counts, 257));
}

#[test]
fn a_table_is_made_once() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let segments: Vec<_> = (0..KEPT).map(|_| random_segment(&mut rng, Class::Ac)).collect();
    let made: Vec<_> = segments
        .iter()
        .map(|segment| table(segment, Class::Ac).unwrap())
        .collect();
    for (segment, made) in segments.iter().zip(&made) {
        assert!(Rc::ptr_eq(&table(segment, Class::Ac).unwrap(), made));
    }
    table(&random_segment(&mut rng, Class::Ac), Class::Ac).unwrap();
    assert!(!Rc::ptr_eq(&table(&segments[0], Class::Ac).unwrap(), &made[0]));
}
