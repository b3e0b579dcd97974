//! Every operation of every width against the same on single numbers.

use std::fmt::Debug;

use super::*;

/// Applies an operation to each part of three lines.
macro_rules! operation {
    ($name:ident, |$a:ident, $b:ident, $c:ident| $expression:expr) => {
        struct $name<T>([Line<T>; 3]);

        impl<T: Sample> Kernel<T> for $name<T> {
            type Output = Line<T>;

            #[inline(always)]
            fn run<V: Vector<T>>(self) -> Line<T> {
                let mut result = Line::default();
                for part in 0..V::PARTS {
                    let [$a, $b, $c] = [
                        V::load(&self.0[0], part),
                        V::load(&self.0[1], part),
                        V::load(&self.0[2], part),
                    ];
                    $expression.store(&mut result, part);
                }
                result
            }
        }
    };
}

operation!(Add, |a, b, _c| a.add(b));
operation!(Sub, |a, b, _c| a.sub(b));
operation!(Mul, |a, b, _c| a.mul(b));
operation!(Div, |a, b, _c| a.div(b));
operation!(MulAdd, |a, b, c| a.mul_add(b, c));
operation!(NegMulAdd, |a, b, c| a.neg_mul_add(b, c));
operation!(IfLess, |a, b, c| a.if_less(b, c, a));
operation!(Exponent, |a, _b, _c| a.exponent_and_mantissa().0);
operation!(Mantissa, |a, _b, _c| a.exponent_and_mantissa().1);

struct FromBytes([u8; LANES]);

impl<T: Sample> Kernel<T> for FromBytes {
    type Output = Line<T>;

    #[inline(always)]
    fn run<V: Vector<T>>(self) -> Line<T> {
        let mut result = Line::default();
        for part in 0..V::PARTS {
            V::from_bytes(&self.0, part).store(&mut result, part);
        }
        result
    }
}

/// Moves each part up a lane, with the last of the part before, or `before`, in the lowest, and keeps some lanes.
struct ShiftAndKeep<T> {
    line: Line<T>,
    before: T,
    lanes: u32,
}

impl<T: Sample> Kernel<T> for ShiftAndKeep<T> {
    type Output = (Line<T>, T);

    #[inline(always)]
    fn run<V: Vector<T>>(self) -> Self::Output {
        let (mut result, mut before) = (Line::default(), self.before);
        for part in 0..V::PARTS {
            let vector = V::load(&self.line, part);
            let kept = vector.shifted(before).keep(self.lanes >> (part * V::WIDTH));
            kept.store(&mut result, part);
            before = vector.last();
        }
        (result, before)
    }
}

/// Adds the runs of a line.
struct AddRuns<T> {
    line: Line<T>,
    starts: u32,
    sums: [f64; LANES],
}

impl<T: Sample> Kernel<T> for AddRuns<T> {
    type Output = [f64; LANES];

    #[inline(always)]
    fn run<V: Vector<T>>(mut self) -> Self::Output {
        let mut parts = [V::splat(T::zero()); LANES];
        for (part, lanes) in parts[..V::PARTS].iter_mut().enumerate() {
            *lanes = V::load(&self.line, part);
        }
        V::add_runs(&parts, self.starts, &mut self.sums);
        self.sums
    }
}

/// Transposes the square of the first part of each line.
struct Transpose<T>([Line<T>; LANES]);

impl<T: Sample> Kernel<T> for Transpose<T> {
    type Output = (usize, [Line<T>; LANES]);

    #[inline(always)]
    fn run<V: Vector<T>>(self) -> Self::Output {
        let mut square = [V::splat(T::zero()); LANES];
        for (row, line) in square.iter_mut().zip(&self.0) {
            *row = V::load(line, 0);
        }
        V::transpose(&mut square);
        let mut result = self.0;
        for (line, row) in result.iter_mut().zip(square) {
            row.store(line, 0);
        }
        (V::WIDTH, result)
    }
}

fn numbers<T: Sample>(seed: f64) -> Line<T> {
    Line(std::array::from_fn(|lane| {
        T::nearest((lane as f64 * 0.7 + seed).sin() * 3.0 + 4.0)
    }))
}

fn check<T: Sample + Debug>() {
    let [a, b, c] = [0.1, 1.2, 2.3].map(numbers::<T>);
    let lines = [a, b, c];
    let each = |expected: &dyn Fn(T, T, T) -> T| {
        Line(std::array::from_fn(|lane| {
            expected(a.0[lane], b.0[lane], c.0[lane])
        }))
    };
    with_each_width(|width| {
        assert_eq!(run(Add(lines)), each(&|a, b, _| a + b), "{width:?}");
        assert_eq!(run(Sub(lines)), each(&|a, b, _| a - b), "{width:?}");
        assert_eq!(run(Mul(lines)), each(&|a, b, _| a * b), "{width:?}");
        assert_eq!(run(Div(lines)), each(&|a, b, _| a / b), "{width:?}");
        assert_eq!(
            run(IfLess(lines)),
            each(&|a, b, c| if a < b { c } else { a }),
            "{width:?}"
        );
        let fused = |found: Line<T>, exact: &dyn Fn(f64, f64, f64) -> f64| {
            for lane in 0..LANES {
                let [a, b, c, found] = [a, b, c, found].map(|line| line.0[lane].to_f64().unwrap());
                // One rounding of the product, at most 49, and one of the sum.
                assert!(
                    (found - exact(a, b, c)).abs() <= 60.0 * T::epsilon().to_f64().unwrap(),
                    "{width:?}"
                );
            }
        };
        fused(run(MulAdd(lines)), &|a, b, c| a * b + c);
        fused(run(NegMulAdd(lines)), &|a, b, c| c - a * b);
        let bytes = std::array::from_fn(|lane| (lane * 17) as u8);
        assert_eq!(
            run(FromBytes(bytes)),
            Line(bytes.map(|byte| T::nearest(f64::from(byte)))),
            "{width:?}"
        );
        let square: [Line<T>; LANES] = std::array::from_fn(|row| numbers(row as f64));
        let (side, transposed) = run(Transpose(square));
        for (row, line) in transposed.iter().enumerate().take(side) {
            for (column, sample) in line.0.iter().enumerate().take(side) {
                assert_eq!(*sample, square[column].0[row], "{width:?}");
            }
        }
        // √½ itself rounds below in f32 and above in f64; from there to √2 the exponent is 0.
        let scaled = Line(std::array::from_fn(|lane| {
            a.0[lane] * T::nearest(2_f64.powi(lane as i32 * 5 - 40))
        }));
        let (exponent, mantissa) = (run(Exponent([scaled; 3])), run(Mantissa([scaled; 3])));
        for lane in 0..LANES {
            let [e, m, x] = [exponent, mantissa, scaled].map(|line| line.0[lane].to_f64().unwrap());
            assert_eq!(m * e.exp2(), x, "{width:?}");
            assert!((0.707..1.415).contains(&m), "{width:?}: {m}");
        }
        // Whatever is not less, numbers that are none included, keeps what it was.
        let nothing = Line([T::nan(); LANES]);
        assert_eq!(run(IfLess([a, nothing, b])), a, "{width:?}");
    });
}

/// Small integers, so that sums are exact in any order.
fn integers<T: Sample>() -> Line<T> {
    Line(std::array::from_fn(|lane| {
        T::nearest((lane * lane % 23) as f64 - 7.0)
    }))
}

fn check_runs<T: Sample>() {
    let line = integers::<T>();
    let sums = std::array::from_fn(|place| 100.0 * place as f64);
    for starts in 0..1 << LANES {
        with_each_width(|width| {
            let found = run(AddRuns { line, starts, sums });
            let (mut expected, mut place) = (sums, 0);
            for lane in 0..LANES {
                place += usize::from(lane > 0 && starts >> lane & 1 == 1);
                expected[place] += line.0[lane].to_f64().unwrap();
            }
            assert_eq!(found, expected, "{width:?}, {starts:b}");
        });
    }
    // What is no number stays in its run.
    let mut broken = line;
    broken.0[1] = T::nan();
    with_each_width(|width| {
        let starts = 0b0110;
        let found = run(AddRuns {
            line: broken,
            starts,
            sums,
        });
        assert_eq!(
            (found[0], found[1].is_nan()),
            (line.0[0].to_f64().unwrap(), true),
            "{width:?}"
        );
        assert!(found[2..].iter().all(|sum| sum.is_finite()), "{width:?}");
    });
}

fn check_lanes<T: Sample>() {
    let line = integers::<T>();
    for lanes in [0, 0xffff, 0x8001, 0x5a3c, 0xfffe, 0x0100] {
        let before = T::nearest(0.5);
        let expected = Line(std::array::from_fn(|lane| match lane {
            _ if lanes >> lane & 1 == 0 => T::zero(),
            0 => before,
            _ => line.0[lane - 1],
        }));
        with_each_width(|width| {
            let found = run(ShiftAndKeep { line, before, lanes });
            assert_eq!(found, (expected, line.0[LANES - 1]), "{width:?}, {lanes:b}");
        });
    }
}

#[test]
fn runs_are_summed() {
    check_runs::<f32>();
    check_runs::<f64>();
}

#[test]
fn lanes_are_moved_and_kept() {
    check_lanes::<f32>();
    check_lanes::<f64>();
}

#[test]
fn every_operation_equals_its_twin() {
    check::<f32>();
    check::<f64>();
}
