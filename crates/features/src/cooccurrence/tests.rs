use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

const SCANS: [Scan; 4] = [Scan::Right, Scan::Down, Scan::DownRight, Scan::DownLeft];

/// (columns, rows) from one digit to the next.
fn step(scan: Scan) -> (isize, isize) {
    match scan {
        Scan::Right => (1, 0),
        Scan::Down => (0, 1),
        Scan::DownRight => (1, 1),
        Scan::DownLeft => (-1, 1),
    }
}

fn random_digits(width: usize, height: usize, base: u8, rng: &mut ChaCha8Rng) -> Digits {
    let mut digits = Digits::default();
    digits.fill(width, height, |_, row| {
        row.iter_mut().for_each(|digit| *digit = rng.gen_range(0..base));
    });
    digits
}

/// Every tuple that lies inside, one at a time.
fn counted_plainly(digits: &Digits, scan: Scan, base: usize, order: usize) -> Vec<u32> {
    let (width, height) = (digits.width() as isize, digits.height() as isize);
    let mut counts = vec![0; base.pow(order as u32)];
    for y in 0..height {
        for x in 0..width {
            let places = (0..order as isize).map(|k| (x + k * step(scan).0, y + k * step(scan).1));
            let inside = |&(x, y): &(isize, isize)| x >= 0 && x < width && y < height;
            if places.clone().all(|place| inside(&place)) {
                let number = places.fold(0, |number, (x, y)| {
                    number * base + usize::from(digits.row(y as usize)[x as usize])
                });
                counts[number] += 1;
            }
        }
    }
    counts
}

fn check_counts<const BASE: usize, const ORDER: usize, const PAIR: usize>(
    counter: &mut Counter,
    digits: &Digits,
) {
    for scan in SCANS {
        let expected = counted_plainly(digits, scan, BASE, ORDER);
        assert_eq!(expected.iter().sum::<u32>() as usize, digits.tuples(scan, ORDER));
        counter.add::<BASE, ORDER, PAIR>(digits, scan);
        let size = (digits.width(), digits.height());
        assert_eq!(
            counter.take::<BASE, ORDER>(),
            expected,
            "{size:?} {scan:?} {BASE} {ORDER}"
        );
    }
}

#[test]
fn pairs_count_every_tuple_once() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    // One counter for all, so that a count left behind shows.
    let mut counter = Counter::default();
    let small = (0..12).flat_map(|width| (0..12).map(move |height| (width, height)));
    // Rows longer than a block of numbers, with every kind of rest.
    let wide = (255..275).map(|width| (width, 5));
    for (width, height) in small.chain(wide).chain([(3, 300), (520, 9)]) {
        let fives = random_digits(width, height, 5, &mut rng);
        check_counts::<5, 4, 5>(&mut counter, &fives);
        check_counts::<5, 3, 4>(&mut counter, &fives);
        check_counts::<7, 3, 4>(&mut counter, &random_digits(width, height, 7, &mut rng));
    }
}

#[test]
fn counts_add_up_until_they_are_taken() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let (one, other) = (
        random_digits(9, 8, 5, &mut rng),
        random_digits(6, 11, 5, &mut rng),
    );
    let mut counter = Counter::default();
    counter.add::<5, 4, 5>(&one, Scan::Right);
    counter.add::<5, 4, 5>(&other, Scan::Down);
    let sum: Vec<u32> = counted_plainly(&one, Scan::Right, 5, 4)
        .iter()
        .zip(counted_plainly(&other, Scan::Down, 5, 4))
        .map(|(one, other)| one + other)
        .collect();
    assert_eq!(counter.take::<5, 4>(), sum);
    assert_eq!(counter.take::<5, 4>(), [0; 625]);
}

#[test]
fn joint_tuples_take_a_digit_from_each_plane() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let planes: [Digits; 3] = std::array::from_fn(|_| random_digits(270, 3, 5, &mut rng));
    let mut expected = [0; 125];
    for y in 0..3 {
        for x in 0..270 {
            let [first, second, third] = [0, 1, 2].map(|plane| usize::from(planes[plane].row(y)[x]));
            expected[first * 25 + second * 5 + third] += 1;
        }
    }
    let mut counter = Counter::default();
    counter.add_joint::<5, 3>(&planes);
    assert_eq!(counter.take::<5, 3>(), expected);
}

/// All pairs of bytes.
#[test]
fn differences_are_clipped_or_go_round() {
    let mut digits = Digits::default();
    let signed = |difference: i32| (difference + 128).rem_euclid(256) - 128;
    for byte in 0..=255_u8 {
        let plane: Vec<u8> = (0..=255).flat_map(|other| [other, byte]).collect();
        digits.differences::<3, false>(&plane, 2, 256, Scan::Right);
        let clipped = (0..256).map(|other| (other - i32::from(byte)).clamp(-3, 3) + 3);
        assert!(
            clipped.eq((0..256).map(|y| i32::from(digits.row(y)[0]))),
            "{byte}"
        );
        digits.differences::<2, true>(&plane, 2, 256, Scan::Right);
        let cyclic = (0..256).map(|other| signed(other - i32::from(byte)).clamp(-2, 2) + 2);
        assert!(cyclic.eq((0..256).map(|y| i32::from(digits.row(y)[0]))), "{byte}");
    }
}

#[test]
fn differences_lie_between_a_pixel_and_its_neighbour() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let mut digits = Digits::default();
    for (width, height) in [(2, 2), (2, 9), (70, 2), (67, 13)] {
        let plane: Vec<u8> = (0..width * height).map(|_| rng.gen_range(100..104)).collect();
        for scan in SCANS {
            digits.differences::<3, false>(&plane, width, height, scan);
            let (dx, dy) = step(scan);
            let size = (width - dx.unsigned_abs(), height - dy.unsigned_abs());
            assert_eq!((digits.width(), digits.height()), size);
            for y in 0..size.1 {
                for x in 0..size.0 {
                    let from = x + usize::from(dx < 0);
                    let to = (y + dy.unsigned_abs()) * width + from.wrapping_add_signed(dx);
                    let expected = plane[y * width + from] + 3 - plane[to];
                    assert_eq!(digits.row(y)[x], expected, "{scan:?} {x} {y}");
                }
            }
        }
    }
}

/// The classes as sets of tuples: those that the symmetries reach from one another.
#[test]
fn classes_join_what_the_symmetries_exchange() {
    for (base, order, negation, expected) in [(5, 4, true, 169), (5, 3, false, 75), (7, 3, true, 100)] {
        let symmetry = Symmetry::new(base, order, negation);
        assert_eq!(symmetry.names().len(), expected);
        let tuples: Vec<Vec<i64>> = (0..base.pow(order))
            .map(|number| {
                let name = tuple_name(number, base, order);
                name.split('_')
                    .map(|residual| residual.parse().unwrap())
                    .collect()
            })
            .collect();
        // A tuple's class, found by giving each tuple alone to be merged.
        let class = |number: usize| {
            let mut counts = vec![0; tuples.len()];
            counts[number] = 3;
            let mut sums = vec![0.0; expected];
            symmetry.merge(&counts, 0.5, &mut sums);
            assert_eq!(sums.iter().sum::<f64>(), 1.5);
            sums.iter().position(|sum| *sum == 1.5).unwrap()
        };
        let classes: Vec<usize> = (0..tuples.len()).map(class).collect();
        for (number, tuple) in tuples.iter().enumerate() {
            let mut backwards = tuple.clone();
            backwards.reverse();
            let negated = |tuple: &[i64]| tuple.iter().map(|residual| -residual).collect();
            let mut equal: Vec<Vec<i64>> = vec![tuple.clone(), backwards.clone()];
            if negation {
                equal.extend([negated(tuple), negated(&backwards)]);
            }
            for (other, class) in classes.iter().enumerate() {
                assert_eq!(
                    *class == classes[number],
                    equal.contains(&tuples[other]),
                    "{number} {other}"
                );
            }
        }
        // Named by their first tuples, in their order.
        let firsts = (0..tuples.len()).filter(|&number| !classes[..number].contains(&classes[number]));
        let names: Vec<String> = firsts.map(|number| tuple_name(number, base, order)).collect();
        assert_eq!(symmetry.names(), names);
    }
}

#[test]
fn tuples_are_named_by_their_residuals() {
    assert_eq!(tuple_name(0, 5, 4), "-2_-2_-2_-2");
    assert_eq!(tuple_name(125 + 2 * 25 + 4 * 5 + 3, 5, 4), "-1_0_2_1");
    assert_eq!(tuple_name(342, 7, 3), "3_3_3");
    assert_eq!(reversed(49 + 2 * 7 + 6, 7, 3), 6 * 49 + 2 * 7 + 1);
}
