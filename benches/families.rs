//! Feature families of one picture, on one thread: `cargo bench --bench families`.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use dftective_decode::encode_jpeg;
use dftective_decode::{Limits, decode_channels};
use dftective_features::{Dctr, DctrChroma, DctrNoPhase, Family, Gfr, Workspace};
use dftective_sample::Label;
use dftective_synth::SynthParams;

fn families(c: &mut Criterion) {
    let params = SynthParams {
        per_class: 1,
        size: 256,
        quality: 75,
        seed: 1,
    };
    let pixels = params.image(Label::Real, 0).unwrap().pixels;
    let file = encode_jpeg(&pixels, params.quality).unwrap();
    let families: [Box<dyn Family>; 4] = [
        Box::new(Dctr),
        Box::new(DctrNoPhase),
        Box::new(DctrChroma),
        Box::new(Gfr::new()),
    ];
    let mut group = c.benchmark_group("families-256");
    group.measurement_time(Duration::from_secs(3));
    for family in families {
        let image = decode_channels(&file, &Limits::default(), family.channels()).unwrap();
        // What is remembered of a picture must not serve the next round.
        let mut other = image.clone();
        if let Some(planes) = &mut other.planes {
            planes.y.samples.reverse();
        }
        let mut workspace = Workspace::default();
        let mut features = Vec::new();
        let mut images = [&image, &other].into_iter().cycle();
        let mut extract = || {
            features.clear();
            let image = images.next().unwrap_or(&image);
            family.extract(black_box(image), &mut workspace, &mut features)
        };
        if let Err(error) = extract() {
            println!("{}: {error}", family.name());
            continue;
        }
        group.bench_function(family.name(), |b| b.iter(&mut extract));
    }
    group.finish();
}

criterion_group!(benches, families);
criterion_main!(benches);
