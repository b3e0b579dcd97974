//! What the program's panic hook hears of damaged files. The hook is the process's, so this test has a process of its
//! own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, panic};

use dftective_records::table::{Cell, Column, Format, Kind, Schema, Target, Writer, read_features};

static PANICS: AtomicUsize = AtomicUsize::new(0);

#[test]
fn the_parquet_reader_panics_unheard() {
    panic::set_hook(Box::new(|_| {
        PANICS.fetch_add(1, Ordering::Relaxed);
    }));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let columns = [("path", Kind::Text), ("f0", Kind::Real)];
    let schema = Schema::new(columns.map(|(name, kind)| Column::new(name, kind)).into()).unwrap();
    let mut writer = Writer::create(&Target::File(path.clone()), Format::Parquet, schema, &[]).unwrap();
    for index in 0..12 {
        let row = [Cell::Text(index.to_string()), Cell::Real(f64::from(index))];
        writer.write(&row).unwrap();
    }
    writer.finish().unwrap();
    let whole = fs::read(&path).unwrap();

    let mut caught = 0;
    for index in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[index] ^= 1 << (index % 8);
        fs::write(&path, flipped).unwrap();
        let error = read_features(&path).err().map(|error| error.to_string());
        caught += usize::from(error.is_some_and(|error| error.ends_with("the file is damaged")));
    }
    assert!(
        caught > 0,
        "no damage made the reader panic, so nothing was tested"
    );
    assert_eq!(PANICS.load(Ordering::Relaxed), 0);
}
