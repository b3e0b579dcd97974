//! This reader against what was coded, and against djpeg where that is installed.

mod damage;
pub(in crate::jpeg) mod encoder;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use self::encoder::{ALONE, APART, Coding, PARTLY, PROGRESSIVE, Source, TOGETHER};
use super::decode;
use crate::jpeg::picture::{Picture, Wanted};
use crate::jpeg::upsample::upsampled;
use crate::jpeg::{sequential, stream};
use crate::{Channels, DecodeError, Limits};

const ALL: Wanted = Wanted {
    samples: 4,
    coefficients: 4,
};

/// What this reader finds of all components.
fn read(bytes: &[u8]) -> Result<Picture, DecodeError> {
    decode(&stream::parse(bytes, &Limits::default())?, ALL)
}

/// That each component has the coefficients that were coded.
fn check(found: &Picture, source: &Source, name: &str) {
    assert_eq!(found.coefficients.len(), source.components.len());
    for (place, (found, component)) in found.coefficients.iter().zip(&source.components).enumerate() {
        assert_eq!((found.width, found.height), source.samples(place), "{name}");
        let rows = component.blocks.iter().take(found.blocks_down());
        let expected: Vec<i16> = rows
            .flat_map(|row| row[..found.blocks_across()].as_flattened())
            .copied()
            .collect();
        assert!(found.values == expected, "{name}: component {place}");
    }
}

/// All codings of a picture of three components.
fn codings(interval: usize) -> impl Iterator<Item = Coding> {
    let scans = [
        (TOGETHER, false),
        (PARTLY, false),
        (APART, false),
        (PROGRESSIVE, true),
    ];
    scans.into_iter().flat_map(move |(scans, progressive)| {
        [false, true].map(|arithmetic| Coding {
            progressive,
            arithmetic,
            interval,
            ..Coding::huffman(scans)
        })
    })
}

#[test]
fn coefficients_do_not_depend_on_their_coding() {
    let mut rng = ChaCha8Rng::seed_from_u64(51);
    let factors = [
        [(1, 1); 3],
        [(2, 2), (1, 1), (1, 1)],
        [(2, 1), (1, 1), (1, 1)],
        [(1, 1), (1, 2), (2, 1)],
        [(3, 1), (1, 1), (2, 2)],
        [(4, 2), (1, 1), (1, 1)],
    ];
    for round in 0..60 {
        let size = (rng.gen_range(1..60), rng.gen_range(1..60));
        let source = Source::random(&mut rng, size, &factors[round % factors.len()]);
        let interval = [0, 0, 1, 3, 50][rng.gen_range(0..5)];
        for coding in codings(interval) {
            let name = format!("{round}: {size:?} {coding:?}");
            let bytes = source.file(coding);
            let found = read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
            check(&found, &source, &name);
            assert!(!found.surplus, "{name}");
        }
    }
}

#[test]
fn the_readers_agree_on_what_both_read() {
    let mut rng = ChaCha8Rng::seed_from_u64(52);
    for round in 0..40 {
        let size = (rng.gen_range(1..60), rng.gen_range(1..60));
        let grey = round % 4 == 0;
        let factors: &[_] = if grey {
            &[(2, 2)]
        } else {
            &[(1, 2), (2, 1), (1, 1)]
        };
        let source = Source::random(&mut rng, size, factors);
        for scans in if grey {
            vec![ALONE]
        } else {
            vec![TOGETHER, PARTLY, APART]
        } {
            let coding = Coding {
                interval: round % 3,
                ..Coding::huffman(scans)
            };
            let bytes = source.file(coding);
            let stream = stream::parse(&bytes, &Limits::default()).unwrap();
            let wanted = Wanted {
                samples: factors.len(),
                coefficients: factors.len(),
            };
            let (slow, fast) = (
                decode(&stream, wanted).unwrap(),
                sequential::decode(&stream, wanted).unwrap(),
            );
            assert!(slow.samples == fast.samples && slow.coefficients == fast.coefficients);
            check(&fast, &source, &format!("{round}: {size:?} {coding:?}"));
        }
    }
}

#[test]
fn arithmetic_conditioning_is_read() {
    let mut rng = ChaCha8Rng::seed_from_u64(53);
    for conditioning in [(0, 0, 1), (2, 4, 20), (3, 3, 63), (0, 15, 40)] {
        let source = Source::random(&mut rng, (40, 40), &[(1, 1)]);
        let coding = Coding {
            arithmetic: true,
            conditioning,
            ..Coding::huffman(ALONE)
        };
        check(
            &read(&source.file(coding)).unwrap(),
            &source,
            &format!("{coding:?}"),
        );
    }
    let source = Source::random(&mut rng, (8, 8), &[(1, 1)]);
    let plain = source.file(Coding {
        arithmetic: true,
        ..Coding::huffman(ALONE)
    });
    for malformed in [&[0x00, 0x12][..], &[0x20, 1], &[0x00]] {
        let segment = encoder::segment(0xCC, malformed);
        assert!(read(&[&plain[..2], &segment, &plain[2..]].concat()).is_err());
    }
}

/// Motion JPEG leaves out the standard tables.
#[test]
fn standard_huffman_tables_may_be_left_out() {
    use libjpeg_turbo_rs::{PixelFormat, Subsampling, compress};
    let samples: Vec<u8> = (0..32 * 24 * 3).map(|i| (i * i / 9 + i * 5) as u8).collect();
    let bytes = compress(&samples, 32, 24, PixelFormat::Rgb, 80, Subsampling::S420).unwrap();
    let mut without = bytes.clone();
    let mut removed = 0;
    while let Some(at) = without.windows(2).position(|pair| pair == [0xFF, 0xC4]) {
        let length = usize::from(u16::from_be_bytes([without[at + 2], without[at + 3]]));
        without.drain(at..at + 2 + length);
        removed += 1;
    }
    assert!(removed > 0);
    assert!(
        crate::decode(&without, &Limits::default()).unwrap()
            == crate::decode(&bytes, &Limits::default()).unwrap()
    );
    assert!(read(&without).unwrap().coefficients == read(&bytes).unwrap().coefficients);
}

#[test]
fn components_of_equal_ids_are_told_by_their_order() {
    let mut rng = ChaCha8Rng::seed_from_u64(54);
    let source = Source::random(&mut rng, (40, 30), &[(2, 1), (1, 1), (1, 1)]);
    let mut equal = source.clone();
    for component in &mut equal.components {
        component.id = 7;
    }
    for coding in codings(0).filter(|coding| coding.scans == TOGETHER) {
        check(&read(&equal.file(coding)).unwrap(), &source, "equal");
    }
    // In a scan of its own each is the first.
    assert!(read(&equal.file(Coding::huffman(APART))).is_err());
}

/// As a coefficient further on than the last, libjpeg takes it for the last.
#[test]
fn a_coefficient_beyond_the_last_takes_its_place() {
    use encoder::Writer;
    let mut rng = ChaCha8Rng::seed_from_u64(55);
    let mut source = Source::random(&mut rng, (8, 8), &[(1, 1)]);
    let coding = Coding::huffman(ALONE);
    let mut bytes = [source.header(coding), source.scan_header(&ALONE[0])].concat();
    // DC 0; 62 places without a number, then a 1 at 14 places more, which would be the 78th.
    let mut writer = encoder::huffman::Huffman::default();
    let zeros = (0xF0, 0, false);
    writer.raw(&[
        (0, 0, true),
        zeros,
        zeros,
        zeros,
        (0xD1, -1, false),
        (0xE1, 1, false),
    ]);
    bytes.extend(writer.take());
    bytes.extend([0xFF, 0xD9]);
    let block = &mut source.components[0].blocks[0][0];
    *block = [0; 64];
    // Places 48 + 14 and, as the last, 62 + 15.
    (block[62], block[63]) = (-1, 1);
    check(&read(&bytes).unwrap(), &source, "beyond");
}

#[test]
fn a_scan_bomb_is_refused() {
    let mut rng = ChaCha8Rng::seed_from_u64(56);
    let source = Source::random(&mut rng, (8, 8), &[(1, 1)]);
    let coding = Coding {
        progressive: true,
        ..Coding::huffman(&[(&[0], [0, 0], 0, 0), (&[0], [1, 63], 0, 0)])
    };
    let [dc, ac] = [0, 1].map(|number| {
        let script = &coding.scans[number];
        [
            source.scan_header(script),
            source.intervals(script, coding).concat(),
        ]
        .concat()
    });
    let bomb = |scans| {
        read(
            &[
                source.header(coding),
                dc.clone(),
                ac.repeat(scans - 1),
                vec![0xFF, 0xD9],
            ]
            .concat(),
        )
    };
    // As often as it likes a scan may send the same.
    check(&bomb(stream::MAX_SCANS).unwrap(), &source, "no bomb");
    assert_eq!(
        bomb(stream::MAX_SCANS + 1).err().unwrap().to_string(),
        "jpeg over the decoding limits: more than 100 scans"
    );
}

/// Luma is then brought up to the picture's size, planes are made of pixels, and coefficients are those that are stored.
#[test]
fn chroma_may_be_finer_than_luma() {
    let mut rng = ChaCha8Rng::seed_from_u64(57);
    let source = Source::random(&mut rng, (75, 70), &[(1, 1), (2, 2), (2, 2)]);
    let everything = Channels {
        planes: true,
        rgb: true,
        coefficients: true,
    };
    for coding in codings(0) {
        let bytes = source.file(coding);
        let stream = stream::parse(&bytes, &Limits::default()).unwrap();
        let mut found = decode(&stream, ALL).unwrap();
        let decoded = crate::decode_channels(&bytes, &Limits::default(), everything).unwrap();
        let luma = upsampled(&stream.frame, 0, &found.samples[0]).unwrap();
        assert!(*decoded.luma.as_raw() == *luma);
        assert!(decoded.rgb.is_some() && decoded.source.remarks.is_empty());
        let part = decoded.cut(32, 32, 32).unwrap();
        assert_eq!(decoded.coefficients, Some(found.coefficients.swap_remove(0)));
        let planes = decoded.planes.unwrap();
        assert_eq!((planes.y.width, planes.y.height), (75, 70));
        // The part's blocks are the whole picture's from column and row 2 on.
        let (whole, part) = (decoded.coefficients.unwrap(), part.coefficients.unwrap());
        assert_eq!(
            (part.width, part.height, whole.width, whole.height),
            (16, 16, 38, 35)
        );
        let first = (2 * whole.blocks_across() + 2) * 64;
        assert_eq!(part.values[..128], whole.values[first..first + 128]);
    }
}
