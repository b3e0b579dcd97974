//! The spatial families on a seeded 256² picture, one thread: `cargo bench --bench families_spatial`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use dftective_decode::encode_jpeg;
use dftective_decode::{Channels, Limits, decode_channels};
use dftective_features::{Colour, Family, Haar, SpamRgb, Srm, Workspace};
use dftective_sample::Label;
use dftective_synth::SynthParams;

fn extraction(c: &mut Criterion) {
    let params = SynthParams {
        per_class: 1,
        size: 256,
        quality: 75,
        seed: 1,
    };
    let image = params.image(Label::Fake, 0).expect("a synthetic picture");
    let file = encode_jpeg(&image.pixels, params.quality).expect("a JPEG of it");
    let families: [Box<dyn Family>; 4] = [
        Box::<Srm>::default(),
        Box::new(SpamRgb),
        Box::<Colour>::default(),
        Box::new(Haar),
    ];
    let channels = families
        .iter()
        .fold(Channels::default(), |all, family| all | family.channels());
    let image = decode_channels(&file, &Limits::default(), channels).expect("a JPEG of our own");
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
