//! TIFF of every kind, written by [`super::tiff_file`].

use std::io::Write;

use fax::encoder::Encoder as FaxEncoder;
use fax::{Color, VecWriter};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use libjpeg_turbo_rs::{ColorSpace, Encoder, PixelFormat, Subsampling, decompress_raw};
use weezl::BitOrder;

use super::channels::ALL;
use super::tiff_file::{CLASSIC, Picture, Style, Values, short, tiff};
use super::*;
use crate::luma::rgb_of_ycbcr;
use crate::{Remark, decode_channels};

const WIDTH: u32 = 37;
const HEIGHT: u32 = 23;

const COMPRESSION: u16 = 259;
const ROWS_PER_STRIP: u16 = 278;
const PLANAR: u16 = 284;
const PREDICTOR: u16 = 317;
const TILE_WIDTH: u16 = 322;
const TILE_HEIGHT: u16 = 323;
const EXTRA_SAMPLES: u16 = 338;
const SAMPLE_FORMAT: u16 = 339;
const JPEG_TABLES: u16 = 347;

const STYLES: [Style; 4] = [
    CLASSIC,
    Style {
        little_endian: false,
        big: false,
    },
    Style {
        little_endian: true,
        big: true,
    },
    Style {
        little_endian: false,
        big: true,
    },
];

/// One sample of the test picture, of 16 bits.
fn sample(x: u32, y: u32, channel: u32) -> u16 {
    (x * 1999 + y * 4001 + x * y * 97 + channel * 20_011) as u16
}

/// A strip or tile: where it begins, and its size; the part beyond the picture is filled up.
type Part = (u32, u32, u32, u32);

fn strips(rows: u32) -> Vec<Part> {
    let starts = (0..HEIGHT).step_by(rows as usize);
    starts.map(|y| (0, y, WIDTH, rows.min(HEIGHT - y))).collect()
}

fn tiles(width: u32, height: u32) -> Vec<Part> {
    let rows = (0..HEIGHT).step_by(height as usize);
    rows.flat_map(|y| {
        (0..WIDTH)
            .step_by(width as usize)
            .map(move |x| (x, y, width, height))
    })
    .collect()
}

/// Rows of numbers, each less the one `per_pixel` before it where `predicted`.
fn rows_of(part: Part, channels: &[u32], bits: u32, predicted: bool) -> Vec<Vec<u16>> {
    let (left, top, width, height) = part;
    let row = |y: u32| {
        let numbers = (0..width).flat_map(|x| {
            channels
                .iter()
                .map(move |channel| sample(left + x, top + y, *channel) >> (16 - bits))
        });
        let numbers: Vec<u16> = numbers.collect();
        let before = |i: usize| i.checked_sub(channels.len()).map_or(0, |i| numbers[i]);
        let most = ((1u32 << bits) - 1) as u16;
        (0..numbers.len())
            .map(|i| numbers[i].wrapping_sub(if predicted { before(i) } else { 0 }) & most)
            .collect()
    };
    (0..height).map(row).collect()
}

/// Numbers of 8 or 16 bits, or of fewer with their high bits first, as bytes; every row begins with a byte.
fn bytes_of(rows: &[Vec<u16>], bits: u32, style: Style) -> Vec<u8> {
    let mut bytes = Vec::new();
    for row in rows {
        if bits == 16 {
            let order = if style.little_endian {
                u16::to_le_bytes
            } else {
                u16::to_be_bytes
            };
            bytes.extend(row.iter().flat_map(|number| order(*number)));
            continue;
        }
        let text: Vec<bool> = row
            .iter()
            .flat_map(|number| (0..bits).rev().map(move |bit| number >> bit & 1 == 1))
            .collect();
        bytes.extend(text.chunks(8).map(|eight| {
            let set = eight.iter().enumerate();
            set.fold(0u8, |byte, (place, bit)| byte | u8::from(*bit) << (7 - place))
        }));
    }
    bytes
}

fn packed(bytes: &[u8], compression: u32) -> Vec<u8> {
    match compression {
        5 => weezl::encode::Encoder::with_tiff_size_switch(BitOrder::Msb, 8)
            .encode(bytes)
            .unwrap(),
        8 => {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        32_773 => {
            // Literal runs, then what is left as runs of one byte twice or nothing at all (−128).
            let mut packed = vec![0x80];
            for run in bytes.chunks(100) {
                match run {
                    [first, rest @ ..] if rest.iter().all(|byte| byte == first) && !rest.is_empty() => {
                        packed.extend([(1 - run.len() as i32) as u8, *first]);
                    }
                    _ => {
                        packed.push(run.len() as u8 - 1);
                        packed.extend(run);
                    }
                }
            }
            packed
        }
        _ => bytes.to_vec(),
    }
}

/// The test picture's 8-bit luma.
fn expected(reduce: impl Fn(u16) -> u8) -> GrayImage {
    GrayImage::from_fn(WIDTH, HEIGHT, |x, y| {
        image::Luma([grey([0, 1, 2].map(|channel| reduce(sample(x, y, channel))))])
    })
}

/// Some of each kind, for those who damage files.
pub(super) fn files() -> Vec<(String, Vec<u8>)> {
    let part = (0, 0, WIDTH, HEIGHT);
    let bits = |bits| bytes_of(&rows_of(part, &[0], bits, false), bits, CLASSIC);
    let colours = (0..48).map(|i| i * 1300).collect();
    let planes = [0, 1, 2].map(|channel| {
        tiles(16, 16)
            .into_iter()
            .map(move |tile| packed(&bytes_of(&rows_of(tile, &[channel], 8, true), 8, CLASSIC), 5))
    });
    let planes = Picture::new(WIDTH, HEIGHT, 8, 3, 2, planes.into_iter().flatten().collect())
        .with(short(COMPRESSION, 5))
        .with(short(PREDICTOR, 2))
        .with(short(PLANAR, 2))
        .with(short(TILE_WIDTH, 16))
        .with(short(TILE_HEIGHT, 16));
    let (jpeg, _) = jpeg_picture(&strips(8), 6, ColorSpace::YCbCr, Subsampling::S420, true);
    let units = Picture::new(8, 8, 8, 3, 6, vec![(0..96).collect()]);
    let mut camera = reduced(flat(4, 1));
    camera.below = vec![Picture::new(WIDTH, HEIGHT, 12, 1, 1, vec![bits(12)])];
    let pictures = [
        ("planes.tiff", planes),
        ("jpeg.tiff", jpeg.with(short(ROWS_PER_STRIP, 8))),
        ("units.tiff", units),
        (
            "places.tiff",
            Picture::new(WIDTH, HEIGHT, 4, 1, 3, vec![packed(&bits(4), 32_773)])
                .with(short(COMPRESSION, 32_773))
                .with((320, Values::Shorts(colours))),
        ),
        ("camera.tiff", camera),
    ];
    let styles = STYLES.into_iter().cycle();
    let files = pictures.into_iter().zip(styles);
    files
        .map(|((name, picture), style)| (name.to_owned(), tiff(style, &[picture])))
        .collect()
}

#[test]
fn strips_tiles_and_planes_give_the_same_pixels_in_every_coding() {
    let high = expected(|value| (value >> 8) as u8);
    for style in STYLES {
        for (parts, tile) in [
            (strips(HEIGHT), None),
            (strips(5), None),
            (tiles(16, 16), Some((16, 16))),
            (tiles(64, 32), Some((64, 32))),
        ] {
            for (bits, compression, predictor) in [
                (8, 1, 1),
                (16, 1, 1),
                (8, 5, 1),
                (8, 5, 2),
                (16, 5, 2),
                (8, 8, 2),
                (16, 32_946, 1),
                (8, 32_773, 1),
            ] {
                for planar in [1, 2] {
                    let predicted = predictor == 2;
                    let planes: &[&[u32]] = if planar == 1 {
                        &[&[0, 1, 2]]
                    } else {
                        &[&[0], &[1], &[2]]
                    };
                    let chunks = planes.iter().flat_map(|channels| {
                        let of =
                            |part: &Part| bytes_of(&rows_of(*part, channels, bits, predicted), bits, style);
                        parts.iter().map(of).collect::<Vec<_>>()
                    });
                    let code = if compression == 32_946 { 8 } else { compression };
                    let chunks = chunks.map(|bytes| packed(&bytes, code)).collect();
                    let mut picture = Picture::new(WIDTH, HEIGHT, bits, 3, 2, chunks)
                        .with(short(COMPRESSION, compression))
                        .with(short(PREDICTOR, predictor))
                        .with(short(PLANAR, planar));
                    picture = match tile {
                        Some((width, height)) => picture
                            .with(short(TILE_WIDTH, width))
                            .with(short(TILE_HEIGHT, height)),
                        None => picture.with(short(ROWS_PER_STRIP, parts[0].3)),
                    };
                    let kind =
                        format!("{style:?} {tile:?} {bits} bits, {compression}, {predictor}, {planar}");
                    let decoded = decode_channels(&tiff(style, &[picture]), &Limits::default(), ALL);
                    let decoded = decoded.unwrap_or_else(|error| panic!("{kind}: {error}"));
                    assert!(decoded.luma == high, "{kind}");
                    for (x, y, pixel) in decoded.rgb.as_ref().unwrap().enumerate_pixels() {
                        let stored = [0, 1, 2].map(|channel| (sample(x, y, channel) >> 8) as u8);
                        assert_eq!(pixel.0, stored, "{kind}");
                    }
                    let remarks = if bits == 16 {
                        vec![Remark::SamplesReduced(16)]
                    } else {
                        vec![]
                    };
                    assert_eq!(decoded.source.remarks, remarks);
                }
            }
        }
    }
}

#[test]
fn grey_of_every_depth_is_spread_or_cut_to_8_bits() {
    for bits in 1..=16 {
        let most = (1u32 << bits) - 1;
        let level = |x: u32, y: u32| {
            let value = u32::from(sample(x, y, 0)) >> (16 - bits);
            if bits > 8 {
                value >> (bits - 8)
            } else {
                (f64::from(value) * 255.0 / f64::from(most)).round() as u32
            }
        };
        for style in STYLES {
            for white_is_zero in [false, true] {
                let chunks = strips(7)
                    .iter()
                    .map(|part| bytes_of(&rows_of(*part, &[0], bits, false), bits, style))
                    .collect();
                let photometric = u32::from(!white_is_zero);
                let picture =
                    Picture::new(WIDTH, HEIGHT, bits, 1, photometric, chunks).with(short(ROWS_PER_STRIP, 7));
                let decoded = read(&tiff(style, &[picture])).unwrap();
                for (x, y, pixel) in decoded.luma.enumerate_pixels() {
                    let light = level(x, y);
                    let light = if white_is_zero { 255 - light } else { light };
                    assert_eq!(u32::from(pixel.0[0]), light, "{bits} bits");
                }
                let remarks = if bits > 8 {
                    vec![Remark::SamplesReduced(bits as u8)]
                } else {
                    vec![]
                };
                assert_eq!(decoded.source.remarks, remarks);
            }
        }
    }
}

#[test]
fn bytes_may_run_from_their_lowest_bit() {
    let bytes = bytes_of(&rows_of((0, 0, WIDTH, HEIGHT), &[0], 4, false), 4, CLASSIC);
    let plain = Picture::new(WIDTH, HEIGHT, 4, 1, 1, vec![bytes.clone()]);
    let reversed = bytes.iter().map(|byte| byte.reverse_bits()).collect();
    let reversed = Picture::new(WIDTH, HEIGHT, 4, 1, 1, vec![reversed]).with(short(266, 2));
    let luma = |picture| read(&tiff(CLASSIC, &[picture])).unwrap().luma;
    assert!(luma(plain) == luma(reversed));
}

#[test]
fn palettes_are_expanded() {
    for bits in [1, 2, 4, 8] {
        for shift in [0, 8] {
            let bytes = bytes_of(&rows_of((0, 0, WIDTH, HEIGHT), &[0], bits, false), bits, CLASSIC);
            let colour =
                |place: u32| [place * 29 % 256, 255 - place * 7 % 256, place * place % 256].map(|v| v as u8);
            let colours = (0..3).flat_map(|channel| {
                (0..1 << bits).map(move |place| u16::from(colour(place)[channel]) << shift)
            });
            let picture = Picture::new(WIDTH, HEIGHT, bits, 1, 3, vec![bytes])
                .with((320, Values::Shorts(colours.collect())));
            let decoded = decode_channels(&tiff(CLASSIC, &[picture]), &Limits::default(), ALL).unwrap();
            for (x, y, pixel) in decoded.rgb.unwrap().enumerate_pixels() {
                let expected = colour(u32::from(sample(x, y, 0)) >> (16 - bits));
                assert_eq!(pixel.0, expected);
                assert_eq!(decoded.luma.get_pixel(x, y).0, [grey(expected)]);
            }
        }
    }
    let short_palette = Picture::new(2, 1, 8, 1, 3, vec![vec![0, 1]]).with((320, Values::Shorts(vec![0; 6])));
    assert_eq!(
        read(&tiff(CLASSIC, &[short_palette])).unwrap_err().to_string(),
        "corrupt tiff: a palette of 6 numbers for 8-bit samples"
    );
}

#[test]
fn fax_compression_is_undone() {
    let is_black = |x: u32, y: u32| (x / 3 + y / 2).is_multiple_of(3);
    let mut chunks = Vec::new();
    for (_, top, width, height) in strips(9) {
        let mut encoder = FaxEncoder::new(VecWriter::new());
        for y in top..top + height {
            let row = (0..width).map(|x| {
                if is_black(x, y) {
                    Color::Black
                } else {
                    Color::White
                }
            });
            encoder.encode_line(row, width as u16).unwrap();
        }
        chunks.push(encoder.finish().unwrap().finish());
    }
    let picture = |chunks| {
        Picture::new(WIDTH, HEIGHT, 1, 1, 0, chunks)
            .with(short(COMPRESSION, 4))
            .with(short(ROWS_PER_STRIP, 9))
    };
    let decoded = read(&tiff(CLASSIC, &[picture(chunks.clone())])).unwrap();
    for (x, y, pixel) in decoded.luma.enumerate_pixels() {
        assert_eq!(pixel.0, [if is_black(x, y) { 0 } else { 255 }]);
    }
    // The end-of-block code after fewer rows than are due.
    chunks[0] = chunks[2].clone();
    let error = read(&tiff(CLASSIC, &[picture(chunks)])).unwrap_err();
    assert!(matches!(error, DecodeError::Truncated { .. }), "{error}");
}

#[test]
fn alpha_of_grey_and_of_planes_is_remarked_on() {
    let grey_alpha = Picture::new(2, 1, 8, 2, 1, vec![vec![10, 255, 20, 254]]).with(short(EXTRA_SAMPLES, 2));
    let decoded = read(&tiff(CLASSIC, std::slice::from_ref(&grey_alpha))).unwrap();
    assert_eq!(decoded.luma.as_raw(), &[10, 20]);
    assert_eq!(decoded.source.remarks, [Remark::AlphaIgnored]);
    // A sample of no known meaning is passed over.
    let decoded = read(&tiff(CLASSIC, &[grey_alpha.with(short(EXTRA_SAMPLES, 0))])).unwrap();
    assert_eq!(decoded.luma.as_raw(), &[10, 20]);
    assert_eq!(decoded.source.remarks, []);
    let planes = vec![vec![1, 2], vec![3, 4], vec![5, 6], vec![255, 9]];
    let planes = Picture::new(2, 1, 8, 4, 2, planes)
        .with(short(EXTRA_SAMPLES, 1))
        .with(short(PLANAR, 2));
    let decoded = read(&tiff(CLASSIC, &[planes])).unwrap();
    assert_eq!(decoded.luma.as_raw(), &[grey([1, 3, 5]), grey([2, 4, 6])]);
    assert_eq!(decoded.source.remarks, [Remark::AlphaIgnored]);
}

/// Cb and Cr of a unit of `across` × `down` pixels.
#[test]
fn ycbcr_is_read_in_units() {
    for across in [1, 2, 4] {
        for down in [1, 2, 4] {
            let level = |x: u32, y: u32, channel| (sample(x, y, channel) >> 8) as u8;
            for rows in [HEIGHT, 8] {
                let chunks = strips(rows).into_iter().map(|(_, top, width, height)| {
                    let mut bytes = Vec::new();
                    for y in (top..top + height).step_by(down as usize) {
                        for x in (0..width).step_by(across as usize) {
                            bytes.extend(
                                (0..down).flat_map(|j| (0..across).map(move |i| level(x + i, y + j, 0))),
                            );
                            bytes.extend([1, 2].map(|channel| level(x, y, channel)));
                        }
                    }
                    packed(&bytes, 5)
                });
                let picture = Picture::new(WIDTH, HEIGHT, 8, 3, 6, chunks.collect())
                    .with(short(COMPRESSION, 5))
                    .with(short(ROWS_PER_STRIP, rows))
                    .with((530, Values::Shorts(vec![across as u16, down as u16])))
                    .with((532, Values::Fractions(vec![0, 255, 128, 255, 128, 255])));
                let file = tiff(CLASSIC, std::slice::from_ref(&picture));
                let decoded = decode_channels(&file, &Limits::default(), ALL).unwrap();
                assert!(read(&file).unwrap().luma == decoded.luma);
                for (x, y, pixel) in decoded.rgb.unwrap().enumerate_pixels() {
                    let (column, row) = (x / across * across, y / down * down);
                    let luma = level(x, y, 0);
                    assert_eq!(decoded.luma.get_pixel(x, y).0, [luma]);
                    let expected = rgb_of_ycbcr([luma, level(column, row, 1), level(column, row, 2)]);
                    assert_eq!(pixel.0, expected, "{across} {down}");
                }
                let video = picture.with((532, Values::Fractions(vec![16, 235, 128, 240, 128, 240])));
                assert_eq!(
                    read(&tiff(CLASSIC, &[video])).unwrap_err().to_string(),
                    "unsupported tiff: YCbCr other than that of Rec. 601 at full range"
                );
            }
        }
    }
}

/// The segments of a JPEG that define tables, as a stream of their own, and the JPEG without them.
fn apart(jpeg: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (mut tables, mut rest) = (vec![0xFF, 0xD8], vec![0xFF, 0xD8]);
    let mut at = 2;
    while jpeg[at + 1] != 0xDA {
        let length = 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        let target = if matches!(jpeg[at + 1], 0xC4 | 0xDB) {
            &mut tables
        } else {
            &mut rest
        };
        target.extend(&jpeg[at..at + length]);
        at += length;
    }
    rest.extend(&jpeg[at..]);
    tables.extend([0xFF, 0xD9]);
    (tables, rest)
}

/// A picture of JPEG streams, one a part, and what each is alone.
fn jpeg_picture(
    parts: &[Part],
    photometric: u32,
    space: ColorSpace,
    subsampling: Subsampling,
    shared: bool,
) -> (Picture, Vec<Vec<u8>>) {
    let samples = if space == ColorSpace::Grayscale { 1 } else { 3 };
    let channels: Vec<u32> = (0..samples).collect();
    let format = if samples == 1 {
        PixelFormat::Grayscale
    } else {
        PixelFormat::Rgb
    };
    let streams: Vec<Vec<u8>> = parts
        .iter()
        .map(|part| {
            let bytes = bytes_of(&rows_of(*part, &channels, 8, false), 8, CLASSIC);
            Encoder::new(&bytes, part.2 as usize, part.3 as usize, format)
                .colorspace(space)
                .subsampling(subsampling)
                .quality(80)
                .encode()
                .unwrap()
        })
        .collect();
    let mut picture =
        Picture::new(WIDTH, HEIGHT, 8, samples, photometric, streams.clone()).with(short(COMPRESSION, 7));
    if shared {
        picture.chunks = streams.iter().map(|stream| apart(stream).1).collect();
        picture = picture.with((JPEG_TABLES, Values::Bytes(apart(&streams[0]).0)));
    }
    (picture, streams)
}

#[test]
fn jpeg_streams_are_read_by_the_jpeg_decoder() {
    for (parts, tile) in [(strips(8), None), (tiles(16, 16), Some(16))] {
        for (photometric, space, subsampling) in [
            (1, ColorSpace::Grayscale, Subsampling::S444),
            (6, ColorSpace::YCbCr, Subsampling::S444),
            (6, ColorSpace::YCbCr, Subsampling::S420),
            (2, ColorSpace::Rgb, Subsampling::S444),
        ] {
            for shared in [false, true] {
                let (picture, streams) = jpeg_picture(&parts, photometric, space, subsampling, shared);
                let picture = match tile {
                    Some(side) => picture
                        .with(short(TILE_WIDTH, side))
                        .with(short(TILE_HEIGHT, side)),
                    None => picture.with(short(ROWS_PER_STRIP, 8)),
                };
                let file = tiff(CLASSIC, &[picture]);
                let found = decode_channels(&file, &Limits::default(), ALL).unwrap();
                assert!(read(&file).unwrap().luma == found.luma);
                assert_eq!(
                    (found.source.format, found.source.remarks),
                    (Format::Tiff, vec![])
                );
                for ((left, top, width, height), stream) in parts.iter().zip(&streams) {
                    let alone = decode_channels(stream, &Limits::default(), ALL).unwrap();
                    for (x, y) in (0..*height).flat_map(|y| (0..*width).map(move |x| (x, y))) {
                        let at = (left + x, top + y);
                        if at.0 >= WIDTH || at.1 >= HEIGHT {
                            continue;
                        }
                        let luma = found.luma.get_pixel(at.0, at.1);
                        let colour = found.rgb.as_ref().map(|rgb| *rgb.get_pixel(at.0, at.1));
                        assert_eq!(colour, alone.rgb.as_ref().map(|rgb| *rgb.get_pixel(x, y)));
                        match colour {
                            // Stored colours are reduced as every format's are.
                            Some(colour) if photometric == 2 => assert_eq!(luma.0, [grey(colour.0)]),
                            _ => assert_eq!(luma, alone.luma.get_pixel(x, y)),
                        }
                    }
                }
            }
        }
    }
}

/// What the TIFF says of the components counts, not what the stream says or leaves open.
#[test]
fn components_of_a_jpeg_stream_are_what_the_tiff_says() {
    let (picture, streams) = jpeg_picture(&strips(HEIGHT), 6, ColorSpace::YCbCr, Subsampling::S444, false);
    let planes = decompress_raw(&streams[0]).unwrap();
    let as_rgb = picture.with(short(262, 2));
    let rgb = decode_channels(&tiff(CLASSIC, &[as_rgb]), &Limits::default(), ALL);
    for (x, y, pixel) in rgb.unwrap().rgb.unwrap().enumerate_pixels() {
        let stored = [0, 1, 2].map(|i| planes.planes[i][y as usize * planes.plane_widths[i] + x as usize]);
        assert_eq!(pixel.0, stored);
    }
}

#[test]
fn planes_of_jpeg_streams_are_put_together() {
    let (grey_picture, streams) =
        jpeg_picture(&strips(8), 1, ColorSpace::Grayscale, Subsampling::S444, false);
    let once = grey_picture.chunks;
    let chunks = [once.clone(), once.clone(), once].concat();
    let picture = Picture::new(WIDTH, HEIGHT, 8, 3, 2, chunks)
        .with(short(COMPRESSION, 7))
        .with(short(ROWS_PER_STRIP, 8))
        .with(short(PLANAR, 2));
    let decoded = read(&tiff(CLASSIC, &[picture])).unwrap();
    let first = read(&streams[0]).unwrap().luma;
    assert_eq!(decoded.luma.as_raw()[..first.len()], *first.as_raw());
}

#[test]
fn a_damaged_jpeg_stream_is_an_error_of_the_tiff() {
    let (picture, _) = jpeg_picture(&strips(8), 1, ColorSpace::Grayscale, Subsampling::S444, false);
    let picture = picture.with(short(ROWS_PER_STRIP, 8));
    let error = |chunk: Vec<u8>| {
        let mut damaged = picture.clone();
        damaged.chunks[1] = chunk;
        read(&tiff(CLASSIC, &[damaged])).unwrap_err().to_string()
    };
    let whole = picture.chunks[1].clone();
    assert!(error(whole[..whole.len() - 30].to_vec()).starts_with("truncated tiff: JPEG inside: "));
    assert_eq!(
        error(b"no JPEG".to_vec()),
        "corrupt tiff: a JPEG stream without its start"
    );
    let other = GrayImage::new(WIDTH + 1, 7);
    let other = encode_grey(&other);
    assert!(error(other).contains("than its strip or tile"));
}

fn encode_grey(picture: &GrayImage) -> Vec<u8> {
    let (width, height) = picture.dimensions();
    Encoder::new(
        picture.as_raw(),
        width as usize,
        height as usize,
        PixelFormat::Grayscale,
    )
    .encode()
    .unwrap()
}

#[test]
fn what_is_not_read_is_refused_in_words() {
    let plain = |bits, samples, photometric| {
        Picture::new(4, 4, bits, samples, photometric, vec![vec![0; 16 * 4 * 8]])
    };
    let cases = [
        (
            plain(32, 1, 1).with(short(SAMPLE_FORMAT, 3)),
            "floating-point samples, whose white is not defined",
        ),
        (
            plain(16, 1, 1).with(short(SAMPLE_FORMAT, 3)),
            "floating-point samples, whose white is not defined",
        ),
        (
            plain(8, 1, 1).with(short(SAMPLE_FORMAT, 2)),
            "signed samples, whose black is not defined",
        ),
        (
            plain(8, 1, 1).with(short(SAMPLE_FORMAT, 6)),
            "samples that are no real numbers",
        ),
        (plain(32, 1, 1), "32-bit samples"),
        (
            plain(8, 3, 2).with((258, Values::Shorts(vec![5, 6, 5]))),
            "samples of different numbers of bits",
        ),
        (plain(8, 3, 8), "CIE L*a*b* samples"),
        (plain(16, 1, 32_803), "a camera's raw samples"),
        (
            plain(8, 1, 1).with(short(COMPRESSION, 3)),
            "compression by CCITT group 3 fax",
        ),
        (
            plain(8, 3, 6).with(short(COMPRESSION, 6)),
            "compression by the JPEG of TIFF 6.0, which was given up for another",
        ),
        (
            plain(8, 1, 1).with(short(COMPRESSION, 50_000)),
            "compression by Zstandard",
        ),
        (plain(8, 1, 1).with(short(COMPRESSION, 777)), "compression 777"),
        (
            plain(8, 1, 1).with(short(PREDICTOR, 3)),
            "samples predicted by rule 3",
        ),
        (
            plain(4, 1, 1).with(short(PREDICTOR, 2)),
            "differences of 4-bit samples",
        ),
        (
            plain(8, 4, 5).with(short(332, 2)),
            "inks other than cyan, magenta, yellow and black",
        ),
        (
            plain(8, 4, 5).with(short(COMPRESSION, 7)),
            "CMYK in such JPEG streams",
        ),
    ];
    for (picture, what) in cases {
        let error = read(&tiff(CLASSIC, &[picture])).unwrap_err();
        assert_eq!(error.to_string(), format!("unsupported tiff: {what}"));
    }
}

/// A picture of one grey level.
fn flat(side: u32, level: u8) -> Picture {
    Picture::new(side, side, 8, 1, 1, vec![vec![level; (side * side) as usize]])
}

fn reduced(picture: Picture) -> Picture {
    picture.with((254, Values::Longs(vec![1])))
}

#[test]
fn a_thumbnail_gives_way_to_its_picture() {
    let old = flat(4, 1).with(short(255, 2));
    let mask = flat(4, 1).with((254, Values::Longs(vec![4])));
    for first in [reduced(flat(4, 1)), old, mask] {
        // In the chain.
        let decoded = read(&tiff(CLASSIC, &[first.clone(), flat(9, 77)])).unwrap();
        assert_eq!(decoded.luma, GrayImage::from_pixel(9, 9, image::Luma([77])));
        assert_eq!(decoded.source.remarks, [Remark::ThumbnailPassedOver]);
        // Below the thumbnail, as cameras do it, beside another reduced copy.
        for style in STYLES {
            let mut camera = first.clone();
            camera.below = vec![reduced(flat(5, 2)), flat(9, 78)];
            let decoded = read(&tiff(style, &[camera])).unwrap();
            assert_eq!(decoded.luma, GrayImage::from_pixel(9, 9, image::Luma([78])));
        }
        let alone = read(&tiff(CLASSIC, &[first.clone(), reduced(flat(3, 3))])).unwrap_err();
        assert_eq!(
            alone.to_string(),
            "unsupported tiff: a thumbnail without its picture"
        );
        let mut camera = first;
        camera.below = vec![flat(9, 1).with(short(262, 32_803))];
        assert_eq!(
            read(&tiff(CLASSIC, &[camera])).unwrap_err().to_string(),
            "unsupported tiff: only the thumbnail can be read; the picture: a camera's raw samples"
        );
    }
}

#[test]
fn pages_are_whole_pictures() {
    let pages = |pictures: &[Picture]| read(&tiff(CLASSIC, pictures)).unwrap();
    let decoded = pages(&[flat(5, 9), flat(5, 8)]);
    assert_eq!(decoded.source.remarks, [Remark::FirstPageOnly]);
    assert_eq!(decoded.luma.as_raw()[0], 9);
    // A reduced copy after the picture is no page.
    assert_eq!(pages(&[flat(5, 9), reduced(flat(2, 9))]).source.remarks, []);
    let mut circle = tiff(CLASSIC, &[flat(5, 9)]);
    let (first, end) = (circle[4..8].to_vec(), circle.len() - 4);
    circle[end..].copy_from_slice(&first);
    assert_eq!(read(&circle).unwrap().source.remarks, []);
}

#[test]
fn a_cut_file_is_an_error() {
    for style in STYLES {
        let bytes = bytes_of(&rows_of((0, 0, WIDTH, HEIGHT), &[0, 1, 2], 8, false), 8, style);
        for compression in [1, 5, 8, 32_773] {
            let picture = Picture::new(WIDTH, HEIGHT, 8, 3, 2, vec![packed(&bytes, compression)]);
            let picture = picture.with(short(COMPRESSION, compression));
            let whole = tiff(style, std::slice::from_ref(&picture));
            for length in 0..whole.len() {
                assert!(
                    read(&whole[..length]).is_err(),
                    "{style:?} {compression} cut at {length}"
                );
            }
            let mut short_strip = picture;
            let length = short_strip.chunks[0].len();
            short_strip.chunks[0].truncate(length / 2);
            let error = read(&tiff(style, &[short_strip])).unwrap_err();
            assert!(matches!(error, DecodeError::Truncated { .. }), "{error}");
        }
    }
}

#[test]
fn contradictions_and_bombs_are_refused() {
    let refused = |picture: Picture| read(&tiff(CLASSIC, &[picture])).unwrap_err().to_string();
    let tile = |side| {
        flat(4, 1)
            .with((TILE_WIDTH, Values::Longs(vec![side])))
            .with((TILE_HEIGHT, Values::Longs(vec![side])))
    };
    assert_eq!(
        refused(tile(50_000)),
        "too many pixels: 50000 x 50000, limit 67108864"
    );
    assert_eq!(refused(tile(0)), "corrupt tiff: strips or tiles without pixels");
    assert_eq!(
        refused(flat(4, 1).with(short(ROWS_PER_STRIP, 1))),
        "corrupt tiff: 1 strips or tiles where 4 are due"
    );
    assert_eq!(
        refused(flat(4, 1).with(short(262, 2))),
        "corrupt tiff: 1 samples a pixel for RGB"
    );
    let many = flat(8192, 1).with(short(277, 60_000));
    let many = Picture {
        chunks: vec![vec![0]],
        ..many
    };
    assert_eq!(
        refused(many),
        "tiff over the decoding limits: 60000 samples a pixel"
    );
    // One strip's bytes for all of a thousand.
    let mut file = tiff(
        CLASSIC,
        &[Picture::new(1, 1000, 8, 1, 1, vec![packed(&[7; 4000], 5); 1000])
            .with(short(COMPRESSION, 5))
            .with(short(ROWS_PER_STRIP, 1))],
    );
    assert_eq!(read(&file).unwrap().luma.as_raw(), &[7; 1000]);
    let length = (file.len() as u32).to_le_bytes();
    let count = (packed(&[7; 4000], 5).len() as u32).to_le_bytes().repeat(1000);
    let counts = file.windows(4000).position(|window| window == count).unwrap();
    for field in file[counts..counts + 4000].as_chunks_mut::<4>().0 {
        *field = length;
    }
    assert_eq!(
        read(&file).unwrap_err().to_string(),
        "tiff over the decoding limits: strips or tiles that lie over each other"
    );
}
