use super::super::testing::{features, keeps_to_the_contract, noise, picture};
use super::*;

/// A plane and its size, split into a, h, v and d by the definition in double precision.
fn split(plane: &[f64], width: usize) -> ([Vec<f64>; 4], usize) {
    let height = plane.len() / width;
    let (across, down) = (width.div_ceil(2), height.div_ceil(2));
    // Beyond an odd end the plane is mirrored about its last row or column.
    let mirrored = |place: usize, length: usize| if place == length { length - 2 } else { place };
    let bands = [(1.0, 1.0), (-1.0, 1.0), (1.0, -1.0), (-1.0, -1.0)].map(|(lower, right)| {
        let coefficient = |x: usize, y: usize| {
            let row = |y: usize, x: usize| plane[mirrored(y, height) * width + mirrored(x, width)];
            let [first, second] = [2 * y, 2 * y + 1].map(|y| row(y, 2 * x) + right * row(y, 2 * x + 1));
            (first + lower * second) / 2.0
        };
        (0..down)
            .flat_map(|y| (0..across).map(move |x| (x, y)))
            .map(|(x, y)| coefficient(x, y))
            .collect()
    });
    (bands, across)
}

fn plainly(luma: &dftective_decode::Plane) -> Vec<f64> {
    let mut width = luma.width;
    let mut planes: Vec<Vec<f64>> = vec![luma.samples.iter().map(|sample| f64::from(*sample)).collect()];
    for _ in 0..3 {
        let bands: Vec<_> = planes.iter().map(|plane| split(plane, width)).collect();
        width = width.div_ceil(2);
        planes = bands.into_iter().flat_map(|(bands, _)| bands).collect();
    }
    planes
        .iter()
        .flat_map(|band| {
            let mean = |term: &dyn Fn(&f64) -> f64| band.iter().map(term).sum::<f64>() / band.len() as f64;
            let log = mean(&|c| (c.abs() + 1e-2).ln());
            let variance = mean(&|c| ((c.abs() + 1e-2).ln() - log).powi(2));
            let [magnitude, power] = [mean(&|c| c.abs()), mean(&|c| c * c)];
            [log, variance.sqrt(), (magnitude + 1e-2).ln(), (power + 1e-4).ln()]
        })
        .collect()
}

/// Three levels of two roundings each leave a coefficient with an error of 6·2⁻²⁴ of the largest on its way, here
/// up to 8 · 180 = 1440: 5e-4 at worst, and at most 1e-4 as roundings happen to fall. Where a coefficient vanishes, its logarithm
/// errs by 100 times that; the plane's own are of size 1, and few are small.
#[test]
fn as_the_definition_has_it() {
    for (width, height) in [(8, 8), (9, 8), (15, 22), (64, 48), (71, 33), (129, 40)] {
        let image = noise(width, height);
        let expected = plainly(&image.planes.as_ref().unwrap().y);
        let found = features(&Haar, &image);
        assert_eq!(found.len(), expected.len());
        for ((found, expected), name) in found.iter().zip(&expected).zip(Haar.names()) {
            assert!(
                (found - expected).abs() <= 2e-3,
                "{width}x{height} {name}: {found} {expected}"
            );
        }
    }
}

#[test]
fn keeps_to_it() {
    keeps_to_the_contract(&Haar, 256, 8);
    let names = Haar.names();
    assert_eq!(names[0], "haar_aaa_mean_log");
    assert_eq!(names[4 * 5 + 1], "haar_ahh_deviation_log");
    assert_eq!(names[4 * 16 + 2], "haar_haa_log_mean");
    assert_eq!(names[255], "haar_ddd_log_power");
}

/// Stripes have coefficients in one band beside the mean; c is eight times the amplitude.
#[test]
fn stripes_are_in_their_band() {
    let lying = picture(16, 24, |_, y| 100.0 + 10.0 * (y % 2) as f32, |_, _| [0; 3]);
    let standing = picture(16, 24, |x, _| 100.0 + 10.0 * (x / 4 % 2) as f32, |_, _| [0; 3]);
    for (image, band) in [(lying, "haa"), (standing, "aav")] {
        for (name, value) in Haar.names().iter().zip(features(&Haar, &image)) {
            let (path, statistic) = name["haar_".len()..].split_once('_').unwrap();
            let c: f64 = match path {
                "aaa" => 840.0,
                path if path == band => 40.0,
                _ => 0.0,
            };
            let expected = match statistic {
                "deviation_log" => 0.0,
                "log_power" => (c * c + 1e-4).ln(),
                _ => (c + 1e-2).ln(),
            };
            // Three levels of roundings of 840, relative to the hundredth.
            assert!(
                (value - expected).abs() <= 840.0 * 6.0 * 2_f64.powi(-24) / 1e-2,
                "{name}: {value} {expected}"
            );
        }
    }
}
