//! Transforms of a few points, each point a vector of transforms.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use super::bundle::Bundle;
use dftective_simd::{Sample, Vector};

/// Complex numbers of several transforms, in registers.
#[derive(Clone, Copy)]
pub(crate) struct Complexes<V> {
    pub re: V,
    pub im: V,
}

impl<V> Complexes<V> {
    #[inline(always)]
    pub(crate) fn load<T: Sample>(bundle: &Bundle<T>, part: usize) -> Self
    where
        V: Vector<T>,
    {
        Self {
            re: V::load(&bundle.re, part),
            im: V::load(&bundle.im, part),
        }
    }

    #[inline(always)]
    pub(crate) fn store<T: Sample>(self, bundle: &mut Bundle<T>, part: usize)
    where
        V: Vector<T>,
    {
        self.re.store(&mut bundle.re, part);
        self.im.store(&mut bundle.im, part);
    }

    #[inline(always)]
    pub(super) fn add<T: Sample>(self, other: Self) -> Self
    where
        V: Vector<T>,
    {
        Self {
            re: self.re.add(other.re),
            im: self.im.add(other.im),
        }
    }

    #[inline(always)]
    pub(super) fn sub<T: Sample>(self, other: Self) -> Self
    where
        V: Vector<T>,
    {
        Self {
            re: self.re.sub(other.re),
            im: self.im.sub(other.im),
        }
    }

    /// self · (re + i·im).
    #[inline(always)]
    pub(super) fn mul<T: Sample>(self, re: V, im: V) -> Self
    where
        V: Vector<T>,
    {
        Self {
            re: self.im.neg_mul_add(im, self.re.mul(re)),
            im: self.im.mul_add(re, self.re.mul(im)),
        }
    }

    /// self · factors[k − 1], if there are any.
    #[inline(always)]
    pub(super) fn turned<T: Sample>(self, factors: Option<&[[T; 2]]>, k: usize) -> Self
    where
        V: Vector<T>,
    {
        match factors {
            Some(factors) => self.mul(V::splat(factors[k - 1][0]), V::splat(factors[k - 1][1])),
            None => self,
        }
    }

    /// a + i·b and a − i·b.
    #[inline(always)]
    pub(super) fn plus_minus_i<T: Sample>(a: Self, b: Self) -> (Self, Self)
    where
        V: Vector<T>,
    {
        (
            Self {
                re: a.re.sub(b.im),
                im: a.im.add(b.re),
            },
            Self {
                re: a.re.add(b.im),
                im: a.im.sub(b.re),
            },
        )
    }
}

/// The transform of R points.
pub(super) trait Butterfly<const R: usize> {
    fn apply<T: Sample, V: Vector<T>>(x: [Complexes<V>; R]) -> [Complexes<V>; R];
}

/// A number of points that has a butterfly.
pub(super) struct Points<const R: usize>;

macro_rules! butterflies {
    ($($points:literal: $function:ident),*) => {
        $(
            impl Butterfly<$points> for Points<$points> {
                #[inline(always)]
                fn apply<T: Sample, V: Vector<T>>(x: [Complexes<V>; $points]) -> [Complexes<V>; $points] {
                    $function(x)
                }
            }
        )*
    };
}

butterflies!(2: two, 3: three, 4: four, 5: five, 8: eight);

#[inline(always)]
fn two<T: Sample, V: Vector<T>>([a, b]: [Complexes<V>; 2]) -> [Complexes<V>; 2] {
    [a.add(b), a.sub(b)]
}

#[inline(always)]
fn three<T: Sample, V: Vector<T>>([a, b, c]: [Complexes<V>; 3]) -> [Complexes<V>; 3] {
    let (sum, difference) = (b.add(c), b.sub(c));
    let (half, sine) = (V::splat(T::nearest(0.5)), V::splat(T::nearest((PI / 3.0).sin())));
    let middle = Complexes {
        re: sum.re.neg_mul_add(half, a.re),
        im: sum.im.neg_mul_add(half, a.im),
    };
    let turned = Complexes {
        re: difference.re.mul(sine),
        im: difference.im.mul(sine),
    };
    let (plus, minus) = Complexes::plus_minus_i(middle, turned);
    [a.add(sum), minus, plus]
}

#[inline(always)]
fn four<T: Sample, V: Vector<T>>([a, b, c, d]: [Complexes<V>; 4]) -> [Complexes<V>; 4] {
    let ([ac, ac_], [bd, bd_]) = (two([a, c]), two([b, d]));
    let (plus, minus) = Complexes::plus_minus_i(ac_, bd_);
    [ac.add(bd), minus, ac.sub(bd), plus]
}

#[inline(always)]
fn five<T: Sample, V: Vector<T>>([a, b, c, d, e]: [Complexes<V>; 5]) -> [Complexes<V>; 5] {
    let angle = 2.0 * PI / 5.0;
    let [cos_1, cos_2] = [angle.cos(), (2.0 * angle).cos()].map(|value| V::splat(T::nearest(value)));
    let [sin_1, sin_2] = [angle.sin(), (2.0 * angle).sin()].map(|value| V::splat(T::nearest(value)));
    let (be, be_, cd, cd_) = (b.add(e), b.sub(e), c.add(d), c.sub(d));
    let cosines = |near: V, far: V| Complexes {
        re: cd.re.mul_add(far, be.re.mul_add(near, a.re)),
        im: cd.im.mul_add(far, be.im.mul_add(near, a.im)),
    };
    let sines_1 = Complexes {
        re: cd_.re.mul_add(sin_2, be_.re.mul(sin_1)),
        im: cd_.im.mul_add(sin_2, be_.im.mul(sin_1)),
    };
    let sines_2 = Complexes {
        re: cd_.re.neg_mul_add(sin_1, be_.re.mul(sin_2)),
        im: cd_.im.neg_mul_add(sin_1, be_.im.mul(sin_2)),
    };
    let (fourth, first) = Complexes::plus_minus_i(cosines(cos_1, cos_2), sines_1);
    let (third, second) = Complexes::plus_minus_i(cosines(cos_2, cos_1), sines_2);
    [a.add(be).add(cd), first, second, third, fourth]
}

/// Times exp(−2πi/8), `once`, or thrice.
#[inline(always)]
fn eighth<T: Sample, V: Vector<T>>(x: Complexes<V>, once: bool) -> Complexes<V> {
    let root = V::splat(T::nearest(FRAC_1_SQRT_2));
    let minus_root = V::splat(T::nearest(-FRAC_1_SQRT_2));
    let (sum, difference) = (x.re.add(x.im), x.im.sub(x.re));
    match once {
        // (1 − i)·√½
        true => Complexes {
            re: sum.mul(root),
            im: difference.mul(root),
        },
        // (−1 − i)·√½
        false => Complexes {
            re: difference.mul(root),
            im: sum.mul(minus_root),
        },
    }
}

#[inline(always)]
fn eight<T: Sample, V: Vector<T>>(x: [Complexes<V>; 8]) -> [Complexes<V>; 8] {
    let [e0, e1, e2, e3] = four([x[0], x[2], x[4], x[6]]);
    let [o0, o1, o2, o3] = four([x[1], x[3], x[5], x[7]]);
    let (o1, o3) = (eighth(o1, true), eighth(o3, false));
    let (plus, minus) = Complexes::plus_minus_i(e2, o2);
    [
        e0.add(o0),
        e1.add(o1),
        minus,
        e3.add(o3),
        e0.sub(o0),
        e1.sub(o1),
        plus,
        e3.sub(o3),
    ]
}
