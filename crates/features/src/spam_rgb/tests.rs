use super::super::testing::{features, keeps_to_the_contract, noise, picture};
use super::*;

/// The family by its definition, one tuple at a time.
fn plainly(image: &Decoded) -> Vec<f64> {
    let pixels = image.rgb.as_ref().unwrap();
    let (width, height) = (i64::from(pixels.width()), i64::from(pixels.height()));
    let mut features = Vec::new();
    for channel in [2, 1, 0] {
        for directions in [[(1, 0), (0, 1)], [(1, 1), (-1, 1)]] {
            let mut sums = vec![0.0; 343];
            for (dx, dy) in directions {
                let end = |x: i64, y: i64| (x + 3 * dx, y + 3 * dy);
                let inside = |(x, y): (i64, i64)| x >= 0 && x < width && y < height;
                let places: Vec<(i64, i64)> = (0..height)
                    .flat_map(|y| (0..width).map(move |x| (x, y)))
                    .filter(|&(x, y)| inside(end(x, y)))
                    .collect();
                for (x, y) in &places {
                    let value =
                        |k| i64::from(pixels.get_pixel((x + k * dx) as u32, (y + k * dy) as u32)[channel]);
                    let [a, b, c] = [0, 1, 2].map(|k| (value(k) - value(k + 1)).clamp(-3, 3));
                    for [a, b, c] in [[a, b, c], [-c, -b, -a]] {
                        sums[((a + 3) * 49 + (b + 3) * 7 + c + 3) as usize] += 0.25 / places.len() as f64;
                    }
                }
            }
            features.extend(sums);
        }
    }
    features
}

/// Counts are equal; a frequency is the sum of at most 4 products, here of up to a few thousand summands, with a
/// relative error of 2⁻⁵³ each.
#[test]
fn as_the_definition_has_it() {
    for (width, height) in [(4, 4), (5, 4), (4, 9), (41, 34), (70, 21), (33, 32)] {
        let image = noise(width, height);
        for (place, (found, expected)) in features(&SpamRgb, &image).iter().zip(plainly(&image)).enumerate() {
            assert!((found - expected).abs() <= 1e-12, "{place}: {found} {expected}");
        }
    }
}

#[test]
fn every_submodel_adds_up_to_one() {
    for submodel in features(&SpamRgb, &noise(64, 48)).chunks(343) {
        assert!((submodel.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(submodel.iter().filter(|frequency| **frequency > 0.0).count() > 200);
    }
}

#[test]
fn keeps_to_it() {
    keeps_to_the_contract(&SpamRgb, 2058, 4);
    let names = SpamRgb.names();
    assert_eq!(names[0], "spam-rgb_blue_straight_-3_-3_-3");
    assert_eq!(names[343 + 171], "spam-rgb_blue_diagonal_0_0_0");
    assert_eq!(names[2057], "spam-rgb_red_diagonal_3_3_3");
}

#[test]
fn channels_are_told_apart_and_grey_has_three_equal() {
    // Blue falls by 2 a column, red by 1, green is flat.
    let image = picture(20, 10, |_, _| 0.0, |x, _| [100 - x as u8, 7, 100 - 2 * x as u8]);
    let found: std::collections::HashMap<String, f64> = SpamRgb
        .names()
        .into_iter()
        .zip(features(&SpamRgb, &image))
        .collect();
    // Half the straight tuples run along the fall, half of those with it and half against it.
    for (channel, step) in [("blue", 2), ("red", 1)] {
        assert_eq!(
            found[&format!("spam-rgb_{channel}_straight_{step}_{step}_{step}")],
            0.25
        );
        assert_eq!(
            found[&format!("spam-rgb_{channel}_straight_-{step}_-{step}_-{step}")],
            0.25
        );
        assert_eq!(found[&format!("spam-rgb_{channel}_straight_0_0_0")], 0.5);
    }
    assert_eq!(found["spam-rgb_green_straight_0_0_0"], 1.0);

    let shade = noise(40, 30).rgb.unwrap();
    let grey = picture(40, 30, |_, _| 0.0, |x, y| [shade.get_pixel(x, y)[0]; 3]);
    let found = features(&SpamRgb, &grey);
    assert_eq!(found[..686], found[686..2 * 686]);
    assert_eq!(found[..686], found[2 * 686..]);
}
