use std::collections::BTreeMap;

use image::{Rgb, RgbImage};
use sha2::{Digest, Sha256};

use super::super::testing::{features, keeps_to_the_contract, noise, picture};
use super::*;

/// The planes by name.
fn components(pixels: &RgbImage) -> [Vec<u8>; 4] {
    let mut planes: [Vec<u8>; 4] = Default::default();
    convert::components(pixels, &mut planes);
    planes
}

/// Hue, saturation, Cb and Cr of all 2²⁴ colours: digests of OpenCV's, by
/// `crates/features/fixtures/make_spatial.py`. The colour of place n has the blue n mod 256, the green n / 256 mod 256 and the red n / 65536.
#[test]
fn every_colour_is_converted_as_opencv_does() {
    let expected = include_str!("../../fixtures/colour-planes.txt");
    let byte = |place: u32, shift: u32| (place >> shift) as u8;
    let all = RgbImage::from_fn(4096, 4096, |x, y| {
        let place = y * 4096 + x;
        Rgb([16, 8, 0].map(|shift| byte(place, shift)))
    });
    let found: String = ["hue", "saturation", "cb", "cr"]
        .iter()
        .zip(components(&all))
        .map(|(name, plane)| format!("{name} {}\n", hex::encode(Sha256::digest(&plane))))
        .collect();
    assert_eq!(found, expected);
}

/// Worked by hand from the formulas of HSV and YCbCr.
#[test]
fn plain_colours() {
    for (colour, expected) in [
        ([0, 0, 0], [0, 0, 128, 128]),
        ([255, 255, 255], [0, 0, 128, 128]),
        // Hue 0, 120 and 240 degrees of 360 are 0, 85.3 and 170.7 of 256.
        ([255, 0, 0], [0, 255, 85, 255]),
        ([0, 255, 0], [85, 255, 43, 21]),
        ([0, 0, 255], [171, 255, 255, 107]),
        // Between red and blue, 300 degrees; the table of 255/n makes 127.5 fall short of it.
        ([200, 100, 200], [213, 127, 161, 170]),
        // Just below red the circle closes.
        ([255, 0, 1], [0, 255, 86, 255]),
        ([255, 0, 6], [255, 255, 88, 255]),
    ] {
        let found = components(&RgbImage::from_pixel(1, 1, Rgb(colour)));
        assert_eq!(found.map(|plane| plane[0]), expected, "{colour:?}");
    }
}

/// The family by its definition, one tuple at a time.
fn plainly(image: &Decoded) -> Vec<f64> {
    let pixels = image.rgb.as_ref().unwrap();
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    let difference = |plane: &[u8], place: usize, (dx, dy): (usize, usize), cyclic: bool| {
        let difference = i64::from(plane[place]) - i64::from(plane[place + dy * width + dx]);
        let turned = (difference + 128).rem_euclid(256) - 128;
        (if cyclic { turned } else { difference }).clamp(-2, 2)
    };
    let planes = components(pixels);
    let mut features = Vec::new();
    for (component, plane) in planes.iter().enumerate() {
        let mut frequencies: BTreeMap<[i64; 3], f64> = (0..125_i64)
            .map(|number| [25, 5, 1].map(|place| number / place % 5 - 2))
            .map(|[a, b, c]| ([a, b, c].min([c, b, a]), 0.0))
            .collect();
        for neighbour in [(1, 0), (0, 1)] {
            for (dx, dy) in [(1, 0), (0, 1)] {
                let across = width - neighbour.0 - 2 * dx;
                let down = height - neighbour.1 - 2 * dy;
                for place in (0..down).flat_map(|y| (0..across).map(move |x| y * width + x)) {
                    let [a, b, c] = [0, 1, 2]
                        .map(|k| difference(plane, place + k * (dy * width + dx), neighbour, component == 0));
                    *frequencies.get_mut(&[a, b, c].min([c, b, a])).unwrap() += 0.25 / (across * down) as f64;
                }
            }
        }
        features.extend(frequencies.into_values());
    }
    for neighbour in [(1, 0), (0, 1)] {
        let (across, down) = (width - neighbour.0, height - neighbour.1);
        let mut frequencies = vec![0.0; 125];
        for place in (0..down).flat_map(|y| (0..across).map(move |x| y * width + x)) {
            let number = [2, 1, 0].iter().fold(0, |number, channel| {
                let plane: Vec<u8> = pixels.pixels().map(|pixel| pixel[*channel]).collect();
                number * 5 + difference(&plane, place, neighbour, false) + 2
            });
            frequencies[number as usize] += 1.0 / (across * down) as f64;
        }
        features.extend(frequencies);
    }
    features
}

/// Counts are equal; the twin's frequencies are sums of up to some thousand equal summands, each rounded to 2⁻⁵³.
#[test]
fn as_the_definition_has_it() {
    let family = Colour::default();
    for (width, height) in [(4, 4), (5, 4), (4, 9), (41, 34), (70, 11)] {
        let image = noise(width, height);
        let expected = plainly(&image);
        let found = features(&family, &image);
        assert_eq!(found.len(), expected.len());
        for ((found, expected), name) in found.iter().zip(&expected).zip(family.names()) {
            assert!((found - expected).abs() <= 1e-12, "{name}: {found} {expected}");
        }
    }
}

#[test]
fn every_component_adds_up_to_one() {
    let found = features(&Colour::default(), &noise(64, 48));
    let (components, joint) = found.split_at(300);
    for frequencies in components.chunks(75).chain(joint.chunks(125)) {
        assert!((frequencies.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(frequencies.iter().filter(|frequency| **frequency > 0.0).count() > 30);
    }
}

#[test]
fn keeps_to_it() {
    let family = Colour::default();
    keeps_to_the_contract(&family, 550, 4);
    let names = family.names();
    assert_eq!(names[0], "colour_hue_-2_-2_-2");
    assert_eq!(names[299], "colour_cr_2_2_2");
    assert_eq!(names[300], "colour_joint_horizontal_-2_-2_-2");
    assert_eq!(names[549], "colour_joint_vertical_2_2_2");
}

#[test]
fn grey_has_no_colour_and_equal_differences() {
    let family = Colour::default();
    let shade = noise(40, 30).rgb.unwrap();
    let grey = picture(40, 30, |_, _| 0.0, |x, y| [shade.get_pixel(x, y)[0]; 3]);
    let found = features(&family, &grey);
    for (name, value) in family.names().iter().zip(found) {
        let tuple: Vec<&str> = name.rsplit('_').take(3).collect();
        if !name.contains("_joint_") {
            let expected = f64::from(u8::from(tuple == ["0"; 3]));
            assert!((value - expected).abs() < 1e-12, "{name}: {value}");
        } else {
            assert_eq!(
                value > 0.0,
                tuple[0] == tuple[1] && tuple[1] == tuple[2],
                "{name}"
            );
        }
    }
}
