//! The occlusion model of natural scenes ("dead leaves"): textured, shaded leaves that hide one another.

use super::plane::{Picture, Plane};
use super::shape::Shape;
use super::texture::{NoiseTile, Texture};
use rand::Rng;
use std::f32::consts::{PI, TAU};

/// Radii in sides of the picture.
const SMALLEST: f32 = 0.022;
const LARGEST: f32 = 0.42;
/// Mean number of leaves over a place; e^-3 = 5 % of the ground stays visible.
const DEPTH: f32 = 3.0;

/// One leaf; lengths in pixels.
struct Leaf {
    centre: [f32; 2],
    shape: Shape,
    radius: f32,
    surface: Surface,
}

/// Colour (linear light), texture and shading of a leaf or of the ground.
struct Surface {
    colour: [f32; 3],
    texture: Texture,
    /// Change of light over one radius along x and y.
    slope: [f32; 2],
    /// Darkening towards the rim.
    rim: f32,
}

/// A leaf radius from the density ∝ r⁻³ on [smallest, largest], by inversion: with k = (smallest/largest)²,
/// P(R > r) = ((smallest/r)² − k)/(1 − k).
fn radius(rng: &mut impl Rng, smallest: f32, largest: f32) -> f32 {
    let k = (smallest / largest).powi(2);
    let tail = rng.gen_range(0.0..1.0f32);
    (smallest / (k + tail * (1.0 - k)).sqrt()).clamp(smallest, largest)
}

/// A scene of `size` × `size` pixels in linear light, about [0, 1].
pub(super) fn sample(size: usize, rng: &mut impl Rng) -> Picture {
    let side = size as f32;
    let palette = palette(rng);
    // Texels are about a pixel wide, so the texture reaches the finest scale at any size.
    let tile = NoiseTile::sample((size / 2).clamp(32, 1024), rng);
    let mut canvas = Canvas::new(size, rng);

    // Centres reach LARGEST beyond the frame so that the law of the leaves is the same at the border.
    let span = 1.0 + 2.0 * LARGEST;
    let k = (SMALLEST / LARGEST).powi(2);
    let mean_square = 2.0 * SMALLEST.powi(2) * (LARGEST / SMALLEST).ln() / (1.0 - k);
    let count = (DEPTH * span * span / (PI * mean_square)) as u32;
    for _ in 0..count {
        let radius = radius(rng, SMALLEST, LARGEST) * side;
        let mut place = || side * (rng.gen_range(0.0..span) - LARGEST);
        let centre = [place(), place()];
        let leaf = Leaf {
            centre,
            shape: Shape::sample(radius, rng),
            radius,
            surface: surface(&palette, side, rng),
        };
        canvas.lay(&leaf, &tile);
    }
    canvas.ground(&surface(&palette, side, rng), &tile);
    let channel = |i: usize| Plane {
        size,
        data: canvas.light.iter().map(|colour| colour[i]).collect(),
    };
    [0, 1, 2].map(channel)
}

/// Four to six colours about one or two hues, dark to light, in linear light.
fn palette(rng: &mut impl Rng) -> Vec<[f32; 3]> {
    let hue = rng.gen_range(0.0..1.0f32);
    let other = hue + [0.08, 0.33, 0.5, 0.58][rng.gen_range(0..4)];
    let vivid = rng.gen_range(0.25..0.85f32);
    (0..rng.gen_range(4..=6))
        .map(|_| {
            let hue = if rng.gen_bool(0.65) { hue } else { other } + rng.gen_range(-0.05..0.05f32);
            let saturation = vivid * rng.gen_range(0.3..1.0f32);
            let value = rng.gen_range(0.03..0.8f32);
            // A cosine wheel: smooth, and every hue has about the same brightness.
            [0.0, 1.0 / 3.0, 2.0 / 3.0].map(|third| {
                let wheel = 0.5 + 0.5 * (TAU * (hue - third)).cos();
                value * (1.0 - saturation + saturation * wheel)
            })
        })
        .collect()
}

fn surface(palette: &[[f32; 3]], side: f32, rng: &mut impl Rng) -> Surface {
    let colour = palette[rng.gen_range(0..palette.len())];
    let gain = rng.gen_range(-0.35..0.35f32).exp();
    let tint = colour.map(|v| v * gain * rng.gen_range(0.92..1.08f32));
    Surface {
        colour: tint,
        texture: Texture::sample(side, rng),
        slope: [rng.gen_range(-0.3..0.3), rng.gen_range(-0.3..0.3)],
        rim: if rng.gen_bool(0.5) {
            rng.gen_range(0.1..0.5)
        } else {
            0.0
        },
    }
}

/// The picture while leaves are laid, nearest first.
struct Canvas {
    light: Vec<[f32; 3]>,
    /// Share of each pixel not yet covered.
    open: Plane,
    /// Illumination that reaches what is still open: the light of the scene less the shadows laid so far.
    lamp: Plane,
}

impl Canvas {
    fn new(size: usize, rng: &mut impl Rng) -> Self {
        let (dx, dy) = (rng.gen_range(-0.35..0.35f32), rng.gen_range(-0.35..0.35f32));
        let place = |i: usize| (i as f32 + 0.5) / size as f32 - 0.5;
        let lamp = Plane::from_fn(size, |x, y| 1.0 + dx * place(x) + dy * place(y));
        Self {
            light: vec![[0.0; 3]; size * size],
            open: Plane::filled(size, 1.0),
            lamp,
        }
    }

    /// Paints what is seen of a leaf, edges by covered area, then lets it shade what lies behind.
    fn lay(&mut self, leaf: &Leaf, tile: &NoiseTile) {
        let size = self.open.size;
        let halo = (0.25 * leaf.radius).min(0.03 * size as f32).max(1.0);
        let reach = leaf.shape.reach() + halo;
        let [cx, cy] = leaf.centre;
        let scale = leaf.radius.recip();
        let span = |centre: f32, reach: f32| {
            let clip = |v: f32| v.clamp(0.0, size as f32) as usize;
            clip((centre - reach).floor())..clip((centre + reach).ceil())
        };
        for y in span(cy, reach) {
            let dy = y as f32 + 0.5 - cy;
            let chord = (reach * reach - dy * dy).max(0.0).sqrt();
            for x in span(cx, chord) {
                let at = y * size + x;
                let open = self.open.data[at];
                if open == 0.0 {
                    continue;
                }
                let dx = x as f32 + 0.5 - cx;
                let distance = leaf.shape.distance(dx, dy);
                let cover = (0.5 - distance).clamp(0.0, 1.0);
                if cover > 0.0 {
                    let inner = (1.0 + distance * scale).clamp(0.0, 1.0);
                    let [sx, sy] = leaf.surface.slope;
                    let shade = 1.0 + (sx * dx + sy * dy) * scale - leaf.surface.rim * inner.powi(3);
                    self.add(at, open * cover, shade, &leaf.surface, tile);
                    self.open.data[at] = if cover == 1.0 { 0.0 } else { open * (1.0 - cover) };
                }
                if cover < 1.0 && distance < halo {
                    let near = 1.0 - distance.max(0.0) / halo;
                    self.lamp.data[at] *= 1.0 - 0.45 * near * near;
                }
            }
        }
    }

    fn ground(&mut self, surface: &Surface, tile: &NoiseTile) {
        for at in 0..self.open.data.len() {
            let open = self.open.data[at];
            if open > 0.0 {
                self.add(at, open, 1.0, surface, tile);
            }
        }
    }

    fn add(&mut self, at: usize, share: f32, shade: f32, surface: &Surface, tile: &NoiseTile) {
        let size = self.open.size;
        let texture = surface
            .texture
            .factor(tile, (at % size) as f32, (at / size) as f32);
        let light = share * shade.max(0.1) * texture * self.lamp.data[at];
        for (sum, colour) in self.light[at].iter_mut().zip(surface.colour) {
            *sum += light * colour;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn radii_follow_the_inverse_cube_law() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let (small, large) = (0.02f32, 0.5f32);
        let mut radii: Vec<f64> = (0..20_000)
            .map(|_| f64::from(radius(&mut rng, small, large)))
            .collect();
        radii.sort_by(f64::total_cmp);
        let n = radii.len() as f64;
        let (small, large) = (f64::from(small), f64::from(large));
        let k = (small / large).powi(2);
        let distance = radii.iter().enumerate().map(|(i, r)| {
            let cdf = 1.0 - ((small / r).powi(2) - k) / (1.0 - k);
            (cdf - i as f64 / n).abs().max((cdf - (i as f64 + 1.0) / n).abs())
        });
        // Kolmogorov's distribution: √n·D exceeds 1.95 with probability 0.001.
        assert!(distance.fold(0.0, f64::max) < 1.95 / n.sqrt());
        assert!(radii[0] >= small && radii[radii.len() - 1] <= large);
    }

    #[test]
    fn leaves_hide_what_is_laid_later_and_every_pixel_is_closed() {
        let mut rng = ChaCha8Rng::seed_from_u64(6);
        let tile = NoiseTile::sample(32, &mut rng);
        let mut canvas = Canvas::new(32, &mut rng);
        let mut leaf = |colour| {
            let shape = Shape::ellipse(0.0, 10.0, 10.0);
            let surface = Surface {
                colour,
                ..surface(&[[0.0; 3]], 32.0, &mut rng)
            };
            Leaf {
                centre: [16.0, 16.0],
                shape,
                radius: 10.0,
                surface,
            }
        };
        canvas.lay(&leaf([1.0, 0.0, 0.0]), &tile);
        canvas.lay(&leaf([0.0, 1.0, 0.0]), &tile);
        assert!(canvas.light[16 * 32 + 16][0] > 0.0);
        assert_eq!(canvas.light[16 * 32 + 16][1], 0.0);
        // A disc of radius 10 covers 100π pixels; the ramp of one pixel is right to first order at the edge.
        let covered = canvas.open.data.iter().filter(|&&open| open == 0.0).count();
        assert!(covered < 315 && covered > 240, "{covered}");
        assert_eq!(canvas.open.at(0, 0), 1.0);
    }
}
