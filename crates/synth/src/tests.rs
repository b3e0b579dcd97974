use super::*;
use dftective_sample::Label;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const PARAMS: SynthParams = SynthParams {
    per_class: 9,
    size: 64,
    quality: 90,
    seed: 7,
};

fn made(threads: usize) -> (tempfile::TempDir, Vec<Written>) {
    let dir = tempfile::tempdir().unwrap();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    let written = pool
        .install(|| write_dataset(&dir.path().join("set"), &PARAMS, &|_| ()))
        .unwrap();
    (dir, written)
}

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = walkdir::WalkDir::new(dir)
        .into_iter()
        .map(|e| e.unwrap())
        .filter(|e| e.file_type().is_file());
    entries
        .map(|e| {
            (
                e.path().strip_prefix(dir).unwrap().to_string_lossy().into_owned(),
                fs::read(e.path()).unwrap(),
            )
        })
        .collect()
}

#[test]
fn the_same_seed_gives_the_same_files_on_any_number_of_threads() {
    let (one, eight) = (made(1), made(8));
    let files = files(&one.0.path().join("set"));
    assert_eq!(files, self::files(&eight.0.path().join("set")));
    assert_eq!(files.len(), 2 * 9 + 2);
    for (path, bytes) in one.1.iter().map(|w| (&w.path, w.bytes)) {
        assert_eq!(fs::metadata(path).unwrap().len(), bytes);
    }
}

#[test]
fn a_picture_depends_on_seed_class_and_index() {
    let pixels = |seed, class, index| SynthParams { seed, ..PARAMS }.image(class, index).unwrap().pixels;
    let first = pixels(1, Label::Real, 0);
    assert_eq!(first, pixels(1, Label::Real, 0));
    assert_ne!(first, pixels(2, Label::Real, 0));
    assert_ne!(first, pixels(1, Label::Real, 1));
    assert_ne!(first, pixels(1, Label::Fake, 0));
    let other = SynthParams {
        per_class: 3,
        quality: 10,
        ..PARAMS
    };
    assert_eq!(
        PARAMS.image(Label::Fake, 2).unwrap(),
        other.image(Label::Fake, 2).unwrap()
    );
}

#[test]
fn every_file_has_the_same_header_up_to_its_scan() {
    let (dir, _) = made(2);
    let headers: Vec<Vec<u8>> = files(dir.path())
        .into_iter()
        .filter(|(path, _)| path.ends_with(".jpg"))
        .map(|(_, bytes)| bytes[..bytes.windows(2).position(|m| m == [0xff, 0xda]).unwrap()].to_vec())
        .collect();
    assert_eq!(headers.len(), 18);
    assert!(headers.iter().all(|header| header == &headers[0]));
    // Baseline frame: length 17, 8 bits, 64 × 64, three components, the first sampled 2 × 2.
    let frame = [0xff, 0xc0, 0, 17, 8, 0, 64, 0, 64, 3, 1, 0x22];
    assert!(headers[0].windows(frame.len()).any(|bytes| bytes == frame));
}

#[test]
fn the_manifest_names_every_file_once() {
    let (dir, written) = made(2);
    let set = dir.path().join("set");
    let mut rows = csv::Reader::from_path(set.join("manifest.csv")).unwrap();
    assert_eq!(rows.headers().unwrap(), vec!["path", "label", "source", "group"]);
    let rows: Vec<[String; 4]> = rows.deserialize().map(Result::unwrap).collect();
    assert_eq!(rows.len(), written.len());
    for (i, (row, file)) in rows.iter().zip(&written).enumerate() {
        assert_eq!(set.join(&row[0]), file.path);
        assert_eq!((&row[1], &row[3]), (&file.label.to_string(), &i.to_string()));
    }
    assert_eq!(rows[0][..3], ["real/00000.jpg", "real", "camera"]);
    let sources: Vec<&str> = rows[9..].iter().map(|row| row[2].as_str()).collect();
    let kinds = ["nearest", "bilinear", "zero-insertion", "pixel-shuffle"];
    let expected: Vec<String> = (0..9)
        .map(|i| format!("{}-x{}", kinds[i % 4], [2, 4][i / 4 % 2]))
        .collect();
    assert_eq!(sources, expected);
}

#[test]
fn progress_reaches_every_count_once() {
    let dir = tempfile::tempdir().unwrap();
    let heard = std::sync::Mutex::new(Vec::new());
    let params = SynthParams {
        per_class: 2,
        size: 32,
        ..PARAMS
    };
    write_dataset(dir.path(), &params, &|done| heard.lock().unwrap().push(done)).unwrap();
    let mut heard = heard.into_inner().unwrap();
    heard.sort_unstable();
    assert_eq!(heard, [1, 2, 3, 4]);
}

#[test]
fn parameters_out_of_range_are_refused() {
    let refused = |params: SynthParams| params.check().unwrap_err().to_string();
    for per_class in [0, 1_000_001] {
        assert!(refused(SynthParams { per_class, ..PARAMS }).contains(&per_class.to_string()));
    }
    for size in [0, 28, 33, 34, 4100] {
        assert!(refused(SynthParams { size, ..PARAMS }).contains(&size.to_string()));
        assert!(SynthParams { size, ..PARAMS }.image(Label::Fake, 0).is_err());
    }
    for quality in [0, 101] {
        assert!(refused(SynthParams { quality, ..PARAMS }).contains(&quality.to_string()));
    }
    for size in [32, 36] {
        for index in 0..8 {
            let picture = SynthParams { size, ..PARAMS }.image(Label::Fake, index).unwrap();
            assert_eq!(picture.pixels.dimensions(), (size, size));
        }
    }
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("mine.txt"), "mine").unwrap();
    let error = write_dataset(dir.path(), &PARAMS, &|_| ()).unwrap_err();
    assert!(matches!(&error, SynthError::NotEmpty(path) if path == dir.path()));
    assert_eq!(files(dir.path()).len(), 1);
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_with_its_path() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let below = file.join("set");
    let error = write_dataset(&below, &PARAMS, &|_| ()).unwrap_err();
    assert!(
        matches!(&error, SynthError::Write { path, .. } if path == &below),
        "{error}"
    );
}

/// Share of (fake, real) pairs in which the fake has the larger value, ties by half.
fn auc(fakes: &[f64], reals: &[f64]) -> f64 {
    let wins = fakes.iter().flat_map(|f| {
        reals
            .iter()
            .map(move |r| 0.5 * (f64::from(f > r) + f64::from(f >= r)))
    });
    wins.sum::<f64>() / (fakes.len() * reals.len()) as f64
}

#[test]
fn brightness_and_contrast_do_not_tell_the_classes_apart() {
    let n = 200;
    let params = SynthParams {
        per_class: n,
        size: 64,
        quality: 90,
        seed: 11,
    };
    let moments = |class| -> (Vec<f64>, Vec<f64>) {
        (0..n)
            .map(|index| {
                let luma = image::DynamicImage::from(params.image(class, index).unwrap().pixels).to_luma8();
                let count = luma.len() as f64;
                let mean = luma.iter().map(|&v| f64::from(v)).sum::<f64>() / count;
                let power = luma.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / count;
                (mean, power.sqrt())
            })
            .unzip()
    };
    let (fake, real) = (moments(Label::Fake), moments(Label::Real));
    // For equal laws the deviation of the AUC is √((2n + 1)/(12n²)) = 0.029; 3.5 of them.
    let n = f64::from(n);
    let tolerance = 3.5 * ((2.0 * n + 1.0) / (12.0 * n * n)).sqrt();
    for auc in [auc(&fake.0, &real.0), auc(&fake.1, &real.1)] {
        assert!((auc - 0.5).abs() < tolerance, "{auc}");
    }
    // Neither are the pictures all alike or blank.
    assert!(real.1.iter().all(|&deviation| deviation > 5.0));
}
