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

#[test]
fn every_operation_equals_its_twin() {
    check::<f32>();
    check::<f64>();
}
