//! Outlines of the leaves.

use rand::Rng;
use std::f32::consts::TAU;

/// A convex outline about the origin, in the unit its radius is given in.
pub(super) enum Shape {
    /// Unit vectors along the semi-axes over their lengths, and the lengths' inverses.
    Ellipse {
        axes: [[f32; 2]; 2],
        inverse: [f32; 2],
    },
    Polygon {
        sides: Vec<[f32; 3]>,
        reach: f32,
    },
}

impl Shape {
    /// An ellipse (area π·radius²) or a polygon of four to six sides at about `radius` from its centre.
    pub(super) fn sample(radius: f32, rng: &mut impl Rng) -> Self {
        let turn = rng.gen_range(0.0..TAU);
        if rng.gen_bool(0.6) {
            let aspect = if rng.gen_bool(0.4) {
                1.0
            } else {
                rng.gen_range(0.55..1.0f32).sqrt()
            };
            Self::ellipse(turn, radius / aspect, radius * aspect)
        } else {
            let count = rng.gen_range(4..=6u8);
            let step = TAU / f32::from(count);
            // A normal moves by at most a fifth of a step, so two neighbours never open to a half turn.
            let sides = (0..count).map(|i| {
                let angle = turn + step * (f32::from(i) + rng.gen_range(-0.2..0.2));
                [angle.cos(), angle.sin(), radius * rng.gen_range(0.65..1.0)]
            });
            Self::polygon(sides.collect())
        }
    }

    /// Semi-axes `a` ≥ `b`, the first turned by `turn` from the x axis.
    pub(super) fn ellipse(turn: f32, a: f32, b: f32) -> Self {
        let (sin, cos) = turn.sin_cos();
        Self::Ellipse {
            axes: [[cos / a, sin / a], [-sin / b, cos / b]],
            inverse: [a.recip(), b.recip()],
        }
    }

    /// Half planes n·p ≤ d as [n_x, n_y, d], in order of angle.
    fn polygon(sides: Vec<[f32; 3]>) -> Self {
        let next = sides.iter().cycle().skip(1);
        let reach = sides.iter().zip(next).map(|([ax, ay, ad], [bx, by, bd])| {
            let det = ax * by - ay * bx;
            ((ad * by - bd * ay) / det).hypot((ax * bd - bx * ad) / det)
        });
        let reach = reach.fold(0.0, f32::max);
        Self::Polygon { sides, reach }
    }

    /// Radius of a circle that holds the outline.
    pub(super) fn reach(&self) -> f32 {
        match self {
            Self::Ellipse { inverse, .. } => inverse[0].recip(),
            Self::Polygon { reach, .. } => *reach,
        }
    }

    /// Distance to the outline, negative inside: exact for a polygon's inside, first order in the distance for
    /// an ellipse.
    pub(super) fn distance(&self, x: f32, y: f32) -> f32 {
        match self {
            Self::Ellipse {
                axes: [u, v],
                inverse: [a, b],
            } => {
                let (p, q) = (x * u[0] + y * u[1], x * v[0] + y * v[1]);
                let level = (p * p + q * q).sqrt();
                let slope = (p * a * p * a + q * b * q * b).sqrt();
                if slope > 0.0 {
                    level * (level - 1.0) / slope
                } else {
                    -b.recip()
                }
            }
            Self::Polygon { sides, .. } => sides
                .iter()
                .map(|[nx, ny, d]| nx * x + ny * y - d)
                .fold(f32::NEG_INFINITY, f32::max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn distances_of_a_disc_and_a_square() {
        let disc = Shape::ellipse(0.0, 2.0, 2.0);
        for (x, y, expected) in [
            (0.0, 0.0, -2.0),
            (1.0, 0.0, -1.0),
            (0.0, 2.0, 0.0),
            (3.0, 4.0, 3.0),
        ] {
            assert!((disc.distance(x, y) - expected).abs() < 1e-6, "({x}, {y})");
        }
        let square = Shape::polygon(vec![
            [1.0, 0.0, 1.0],
            [0.0, 1.0, 1.0],
            [-1.0, 0.0, 1.0],
            [0.0, -1.0, 1.0],
        ]);
        assert_eq!(square.distance(0.25, -0.5), -0.5);
        assert_eq!(square.distance(3.0, 0.0), 2.0);
        assert!((square.reach() - 2f32.sqrt()).abs() < 1e-6);
    }

    #[test]
    fn every_outline_lies_within_its_reach() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for _ in 0..500 {
            let shape = Shape::sample(1.0, &mut rng);
            let reach = shape.reach();
            assert!((0.65..2.0).contains(&reach), "{reach}");
            assert!(shape.distance(0.0, 0.0) < 0.0);
            for i in 0..64 {
                let (s, c) = (TAU * i as f32 / 64.0).sin_cos();
                assert!(shape.distance(1.001 * reach * c, 1.001 * reach * s) > 0.0);
            }
        }
    }
}
