//! The spatial families on a seeded 256² picture, one thread: `cargo bench --bench families_spatial`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use dftective::dataset::Label;
use dftective::decode::{Limits, Wanted, decode_wanted};
use dftective::features::{Colour, Family, Haar, SpamRgb, Srm, Workspace};
use dftective::synth::{SynthParams, encode_jpeg};

fn extraction(c: &mut Criterion) {
    let params = SynthParams {
        per_class: 1,
        size: 256,
        quality: 75,
        seed: 1,
    };
    let file = params
        .image(Label::Fake, 0)
        .and_then(|image| encode_jpeg(&image.pixels, params.quality))
        .expect("a synthetic picture");
    let families: [Box<dyn Family>; 4] = [
        Box::<Srm>::default(),
        Box::new(SpamRgb),
        Box::<Colour>::default(),
        Box::new(Haar),
    ];
    let wanted = families
        .iter()
        .fold(Wanted::default(), |all, family| all | family.wants());
    let image = decode_wanted(&file, &Limits::default(), wanted).expect("a JPEG of our own");
    let mut workspace = Workspace::default();
    let mut features = Vec::new();
    for family in families {
        c.bench_function(family.name(), |b| {
            b.iter(|| {
                features.clear();
                family.extract(black_box(&image), &mut workspace, &mut features)
            });
        });
    }
}

criterion_group!(benches, extraction);
criterion_main!(benches);
