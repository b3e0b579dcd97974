use proptest::prelude::*;
use rand::Rng;

use super::*;

/// Two directions of large and middling variance in ten features, the rest small.
fn data(images: usize) -> (Array2<f64>, Vec<bool>) {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut features = Array2::zeros((images, 10));
    let mut fake = Vec::new();
    for mut row in features.rows_mut() {
        let [a, b]: [f64; 2] = [rng.gen_range(-1.0..1.0), rng.gen_range(-1.0..1.0)];
        for (index, value) in row.iter_mut().enumerate() {
            let main = if index < 7 { a } else { b };
            *value = 5.0 + main + 0.1 * rng.gen_range(-1.0..1.0);
        }
        fake.push(a > 0.0);
    }
    (features, fake)
}

#[test]
fn the_components_are_found() {
    let (features, fake) = data(300);
    let map = Embedding::of(features.view(), &fake, 1).unwrap();
    assert_eq!(
        (map.x.len(), map.y.len(), map.fake.len(), map.images),
        (300, 300, 300, 300)
    );
    // Seven of the ten scaled features follow a, three follow b, but for a hundredth of the variance.
    assert!((map.explained[0] - 0.7).abs() < 0.03, "{:?}", map.explained);
    assert!((map.explained[1] - 0.3).abs() < 0.03, "{:?}", map.explained);
    // a decides the class, and the first component is a.
    let right = map
        .x
        .iter()
        .zip(&map.fake)
        .filter(|(x, fake)| (**x > 0.0) == **fake)
        .count();
    assert!(right > 285, "{right}");
    assert_eq!(Embedding::of(features.view(), &fake, 1), Some(map));
}

#[test]
fn many_images_are_sampled() {
    let (features, fake) = data(1500);
    let map = Embedding::of(features.view(), &fake, 1).unwrap();
    assert_eq!((map.x.len(), map.images), (SAMPLE, 1500));
}

#[test]
fn more_features_than_images() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let features = Array2::from_shape_fn((30, 200), |_| rng.gen_range(-1.0..1.0));
    let map = Embedding::of(features.view(), &[true; 30], 1).unwrap();
    assert!(map.explained[0] >= map.explained[1] && map.explained[1] > 1.0 / 30.0);
}

#[test]
fn one_direction_is_no_plane() {
    let line = Array2::from_shape_fn((60, 5), |(image, feature)| (image * (feature + 1)) as f64);
    if let Some(map) = Embedding::of(line.view(), &[true; 60], 1) {
        assert!(
            map.explained[0] > 0.999 && map.explained[1] < 1e-6,
            "{:?}",
            map.explained
        );
    }
    // Two different images, each many times.
    let twice = Array2::from_shape_fn((60, 5), |(image, _)| (image % 2) as f64);
    if let Some(map) = Embedding::of(twice.view(), &[true; 60], 1) {
        assert!(map.explained[1] < 1e-6, "{:?}", map.explained);
    }
}

proptest! {
    /// Few values, many of them equal: whatever comes out is finite and no more than there is.
    #[test]
    fn maps_of_anything_are_finite(
        (columns, values) in (3..9usize).prop_flat_map(|d| (Just(d), prop::collection::vec(0..3i8, 20 * d..45 * d))),
    ) {
        let rows = values.len() / columns;
        let features = Array2::from_shape_fn((rows, columns), |(i, j)| f64::from(values[i * columns + j]));
        if let Some(map) = Embedding::of(features.view(), &vec![false; rows], 5) {
            prop_assert!(map.x.iter().chain(&map.y).all(|value| value.is_finite()));
            prop_assert!(map.explained[0] >= map.explained[1] - 1e-6);
            prop_assert!(map.explained[0] + map.explained[1] < 1.0 + 1e-6);
        }
    }
}

#[test]
fn what_gives_no_map() {
    let few = Array2::from_shape_fn((19, 10), |(i, j)| (i * j) as f64);
    assert!(Embedding::of(few.view(), &[true; 19], 1).is_none());
    let flat = Array2::from_elem((50, 10), 3.25);
    assert!(Embedding::of(flat.view(), &[true; 50], 1).is_none());
    let none = Array2::zeros((0, 10));
    assert!(Embedding::of(none.view(), &[], 1).is_none());
}

#[test]
fn neighbours_on_the_map_are_counted() {
    // Two groups of one class each, but for one fake in the group of reals.
    let mut features = Array2::zeros((60, 4));
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for (i, mut row) in features.rows_mut().into_iter().enumerate() {
        row.mapv_inplace(|_: f64| rng.gen_range(-1.0..1.0) + if i < 30 { 4.0 } else { -4.0 });
    }
    let fake: Vec<bool> = (0..60).map(|i| i < 30 || i == 45).collect();
    let map = Embedding::of(features.view(), &fake, 1).unwrap();
    let neighbours = map.neighbours.unwrap();
    assert_eq!((neighbours.x.len(), neighbours.y.len()), (60, 60));
    // That one has ten neighbours of the other class, and is next to few others.
    assert!(
        (0.9..1.0 - 10.0 / 600.0 + 1e-12).contains(&neighbours.same_class),
        "{neighbours:?}"
    );
    // (31·30 + 29·28) / (60·59).
    assert!((neighbours.by_chance - 1742.0 / 3540.0).abs() < 1e-15);
    assert!(same_class(&[0.0, 1.0, 5.0], &[0.0; 3], &[true, true, false]) - 2.0 / 6.0 < 1e-15);
}

#[test]
fn many_features_are_reduced_before_neighbours_are_sought() {
    // Two groups that differ in every tenth of 300 features.
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let features = Array2::from_shape_fn((80, 300), |(i, j)| {
        let shift = if i % 2 == 0 && j % 10 == 0 { 3.0 } else { 0.0 };
        shift + rng.gen_range(-1.0..1.0)
    });
    let fake: Vec<bool> = (0..80).map(|i| i % 2 == 0).collect();
    let map = Embedding::of(features.view(), &fake, 1).unwrap();
    assert!(
        map.neighbours
            .is_some_and(|neighbours| neighbours.same_class > 0.99)
    );
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let (features, fake) = data(150);
    let run = || Embedding::of(features.view(), &fake, 3);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        serde_json::to_string(&pool.install(run)).unwrap()
    };
    let one = on(1);
    assert!(one.contains("perplexity"));
    assert_eq!(one, on(2));
}
