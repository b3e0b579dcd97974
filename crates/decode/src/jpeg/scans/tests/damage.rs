//! What is told of damage: by construction, and against djpeg where that is installed.

use std::io::Write;
use std::process::{Command, Stdio};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::encoder::{
    ALONE, APART, Coding, PARTLY, PROGRESSIVE, Script, Source, TOGETHER, segment, with_markers,
};
use crate::{Channels, DecodeError, JpegDamage, Limits, Remark, decode, decode_channels};

/// What is said of a file, or why it is refused.
fn damage(bytes: &[u8]) -> Result<Vec<JpegDamage>, DecodeError> {
    let remarks = decode(bytes, &Limits::default())?.source.remarks;
    Ok(remarks
        .into_iter()
        .filter_map(|remark| match remark {
            Remark::DamagedJpeg(damage) => Some(damage),
            _ => None,
        })
        .collect())
}

/// What must come of a file.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Silent,
    Told(JpegDamage),
    Refused,
}

use Fate::{Refused, Silent, Told};

const SURPLUS: Fate = Told(JpegDamage::SurplusBytes);

/// Grey pictures of noise, large enough that intervals are longer than what libjpeg loads ahead.
fn source(rng: &mut ChaCha8Rng, size: (usize, usize)) -> Source {
    let mut source = Source::random(rng, size, &[(1, 1)]);
    for block in source.components[0].blocks.iter_mut().flatten() {
        *block = std::array::from_fn(|_| rng.gen_range(-20..20));
    }
    source
}

/// AC coefficients before DC, else in order.
const AC_FIRST: &[Script] = &[(&[0], [1, 63], 0, 0), (&[0], [0, 0], 0, 0)];

/// A file with the compressed data of its one scan replaced.
fn with_data(source: &Source, coding: Coding, data: &[u8]) -> Vec<u8> {
    let header = [source.header(coding), source.scan_header(&coding.scans[0])].concat();
    [&header, data, &[0xFF, 0xD9]].concat()
}

/// Files whose damage is known by how they were made.
fn files() -> Vec<(String, Vec<u8>, Fate)> {
    let mut rng = ChaCha8Rng::seed_from_u64(61);
    let source = source(&mut rng, (48, 40));
    let mut files = Vec::new();
    for arithmetic in [false, true] {
        for interval in [0, 7] {
            let coding = Coding {
                arithmetic,
                interval,
                ..Coding::huffman(ALONE)
            };
            let intervals = source.intervals(&ALONE[0], coding);
            let data = with_markers(&intervals);
            let plain = source.file(coding);
            let mut add = |name: &str, bytes: Vec<u8>, fate: Fate| {
                let name = format!("{name}, arithmetic {arithmetic}, interval {interval}");
                files.push((name, bytes, fate));
            };
            let behind = |more: &[u8]| with_data(&source, coding, &[&data, more].concat());
            // Behind the first segment, as pictures are known by the marker that begins it.
            let second = 4 + usize::from(plain[5]);
            let before = |more: &[u8]| [&plain[..second], more, &plain[second..]].concat();
            add("plain", plain.clone(), Silent);
            add("bytes between segments", before(b"bytes"), SURPLUS);
            add("a stuffed byte between segments", before(&[0xFF, 0]), SURPLUS);
            add("fill bytes between segments", before(&[0xFF; 5]), Silent);
            add(
                "stand-alone markers between segments",
                before(&[0xFF, 1, 0xFF, 0xD5]),
                Silent,
            );
            add("bytes behind the last unit", behind(&[0x55; 20]), SURPLUS);
            add(
                "stuffed bytes behind the last unit",
                behind(&[0xFF, 0].repeat(20)),
                SURPLUS,
            );
            add("fill bytes behind the last unit", behind(&[0xFF; 20]), Silent);
            let next = 0xD0 + (intervals.len() as u8 - 1) % 8;
            add("a marker behind the last unit", behind(&[0xFF, next]), Silent);
            add(
                "markers in no order behind the last unit",
                behind(&[0xFF, 0xD6, 0xFF, 1, 0xFF, 0xD6]),
                Silent,
            );
            add(
                "bytes behind a marker behind the last unit",
                behind(&[0xFF, 0xD6, 1, 2, 3]),
                SURPLUS,
            );
            add("bytes behind the end", [&plain[..], b"bytes"].concat(), Silent);
            let mut odd = plain.clone();
            let scan = odd.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap();
            odd[scan + 8] = 62;
            add("a band in a sequential scan", odd, Told(JpegDamage::ScanHeader));
            let jfif = |version| {
                segment(
                    0xE0,
                    &[b"JFIF\0", &[version, 1, 0, 0, 1, 0, 1, 0, 0][..]].concat(),
                )
            };
            add("a JFIF version", before(&jfif(1)), Silent);
            add(
                "a JFIF version that there is not",
                before(&jfif(3)),
                Told(JpegDamage::JfifVersion(3)),
            );
            if interval == 0 {
                let mid = data.len() / 2;
                if !arithmetic {
                    add("half the data", with_data(&source, coding, &data[..mid]), Refused);
                    let all_ones = [&data[..mid], &[0xFF, 0].repeat(9)[..], &data[mid..]].concat();
                    add(
                        "a code that there is not",
                        with_data(&source, coding, &all_ones),
                        Refused,
                    );
                    let marker = [&data[..mid], &[0xFF, 0xD0], &data[mid..]].concat();
                    add(
                        "a marker that is not due",
                        with_data(&source, coding, &marker),
                        Refused,
                    );
                }
                continue;
            }
            let mut longer = intervals.clone();
            longer[1].extend([0x55; 20]);
            add(
                "bytes behind an interval",
                with_data(&source, coding, &with_markers(&longer)),
                SURPLUS,
            );
            let mut fewer = intervals.clone();
            fewer.remove(1);
            add(
                "an interval too few",
                with_data(&source, coding, &with_markers(&fewer)),
                Refused,
            );
            let mut swapped = data.clone();
            let marker = swapped.windows(2).position(|pair| pair == [0xFF, 0xD1]).unwrap();
            swapped[marker + 1] = 0xD2;
            add(
                "markers out of order",
                with_data(&source, coding, &swapped),
                Refused,
            );
        }
        let coding = Coding {
            progressive: true,
            arithmetic,
            ..Coding::huffman(AC_FIRST)
        };
        let name = format!("AC before DC, arithmetic {arithmetic}");
        files.push((name, source.file(coding), Told(JpegDamage::ScanOrder)));
    }
    // One byte more in an interval that libjpeg has loaded whole: it does not look for the next marker, nor tell of it.
    let mut tiny = source.clone();
    (tiny.width, tiny.height) = (8, 16);
    for block in tiny.components[0].blocks.iter_mut().flatten() {
        *block = [0; 64];
    }
    let coding = Coding {
        interval: 1,
        ..Coding::huffman(ALONE)
    };
    let mut intervals = tiny.intervals(&ALONE[0], coding);
    intervals[0].push(0x55);
    files.push((
        "a byte loaded ahead".into(),
        with_data(&tiny, coding, &with_markers(&intervals)),
        Silent,
    ));
    let adobe = segment(0xEE, b"Adobe\0\x64\0\0\0\0\x05");
    let colour = Source::random(&mut rng, (16, 16), &[(1, 1); 3]).file(Coding::huffman(TOGETHER));
    let bytes = [&colour[..2], &adobe, &colour[2..]].concat();
    files.push((
        "a transform that there is not".into(),
        bytes,
        Told(JpegDamage::ColourTransform(5)),
    ));
    files
}

#[test]
fn damage_is_told_or_refused() {
    for (name, bytes, fate) in files() {
        match (fate, damage(&bytes)) {
            (Silent, Ok(found)) => assert_eq!(found, [], "{name}"),
            (Told(damage), Ok(found)) => assert_eq!(found, [damage], "{name}"),
            (Refused, Err(DecodeError::Truncated { .. } | DecodeError::Corrupt { .. })) => {}
            (fate, found) => panic!("{name}: {fate:?}, found {found:?}"),
        }
    }
}

/// Damage that is passed over changes no pixel.
#[test]
fn surplus_bytes_leave_the_pixels() {
    let files = files();
    let plain = |name: &str| {
        let options = &name[name.find(", arithmetic").unwrap()..];
        let plain = files
            .iter()
            .find(|(name, ..)| *name == format!("plain{options}"))
            .unwrap();
        decode(&plain.1, &Limits::default()).unwrap()
    };
    let mut compared = 0;
    for (name, bytes, fate) in &files {
        if matches!(fate, Told(JpegDamage::SurplusBytes)) {
            let found = decode(bytes, &Limits::default()).unwrap();
            assert!(found.luma == plain(name).luma, "{name}");
            compared += 1;
        }
    }
    assert!(compared >= 20, "{compared}");
}

/// What djpeg says of a file, and its grey pixels; `None` without djpeg, or where it is of another library or refuses.
fn djpeg(bytes: &[u8]) -> Option<(String, Option<Vec<u8>>)> {
    // Only files are read in chunks of 4096 bytes from the first on.
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let output = Command::new("djpeg")
        .args(["-grayscale", "-pnm"])
        .arg(file.path())
        .output()
        .ok()?;
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    // 0, or 2 with warnings.
    let is_read = matches!(output.status.code(), Some(0 | 2));
    let pixels = is_read.then(|| {
        let lines = output.stdout.splitn(4, |byte| *byte == b'\n');
        lines.last().unwrap().to_vec()
    });
    Some((words, pixels))
}

fn has_djpeg() -> bool {
    let version = Command::new("djpeg")
        .arg("-version")
        .stdin(Stdio::null())
        .output();
    let is_turbo = version.is_ok_and(|output| {
        let words = [output.stdout, output.stderr].concat();
        String::from_utf8_lossy(&words).contains("libjpeg-turbo version 2.1")
    });
    if !is_turbo {
        eprintln!("skipped: no djpeg of libjpeg-turbo 2.1");
    }
    is_turbo
}

/// That where djpeg warns, the file is refused or remarked on, where it is silent there is no remark, where it refuses so
/// does this room; and that pixels are djpeg's. Whether the file was read.
fn agrees(bytes: &[u8], name: &str) -> bool {
    let (words, pixels) = djpeg(bytes).unwrap();
    let found = decode_channels(bytes, &Limits::default(), Channels::default());
    let Ok(found) = found else { return false };
    let pixels = pixels.unwrap_or_else(|| panic!("{name}: djpeg refuses: {words}"));
    let told = found.source.remarks.iter().any(Remark::is_defect);
    assert_eq!(told, !words.is_empty(), "{name}: {words}");
    assert!(*found.luma.as_raw() == pixels, "{name}: other pixels");
    true
}

#[test]
fn made_files_are_what_djpeg_takes_them_for() {
    if !has_djpeg() {
        return;
    }
    for (name, bytes, fate) in files() {
        let (words, _) = djpeg(&bytes).unwrap();
        assert_eq!(words.is_empty(), matches!(fate, Silent), "{name}: {words}");
        assert_eq!(agrees(&bytes, &name), !matches!(fate, Refused), "{name}");
    }
}

#[test]
fn changed_files_are_what_djpeg_takes_them_for() {
    if !has_djpeg() {
        return;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(62);
    let mut read = 0;
    for round in 0..300 {
        let scans = [TOGETHER, PARTLY, APART, PROGRESSIVE][round % 4];
        let coding = Coding {
            progressive: scans == PROGRESSIVE,
            arithmetic: rng.gen_bool(0.3),
            interval: [0, 0, 4][rng.gen_range(0..3)],
            ..Coding::huffman(scans)
        };
        let size = (rng.gen_range(1..90), rng.gen_range(1..90));
        let source = Source::random(&mut rng, size, &[(2, 2), (1, 1), (1, 1)]);
        let mut bytes = source.file(coding);
        let start = bytes.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap();
        let at = rng.gen_range(start..bytes.len() - 2);
        match rng.gen_range(0..5) {
            0 => bytes[at] ^= 1 << rng.gen_range(0..8),
            1 => drop(bytes.drain(at..bytes.len().min(at + rng.gen_range(1..9)))),
            2 => {
                let more: Vec<u8> = (0..rng.gen_range(1..12)).map(|_| rng.r#gen()).collect();
                bytes.splice(at..at, more);
            }
            3 => {
                let end = bytes.len() - 2;
                let more: Vec<u8> = (0..rng.gen_range(1..12)).map(|_| rng.r#gen()).collect();
                bytes.splice(end..end, more);
            }
            _ => drop(bytes.splice(at..at, [0xFF, [0, 1, 0xD0, 0xD3, 0xFF][rng.gen_range(0..5)]])),
        }
        read += usize::from(agrees(&bytes, &format!("{round} {size:?} {coding:?}")));
    }
    assert!(read > 100, "{read} read");
}
