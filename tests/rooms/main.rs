//! The pages that say how the house stands: `docs/rooms.md`, where every crate has a row, uses only rooms above it, and those that
//! the row names; and `docs/hard-inputs.md`, where every kind of input has its test.

use std::collections::BTreeSet;
use std::path::Path;

/// The rooms that a crate's manifest names among its dependencies, tests left out.
fn used(manifest: &str) -> BTreeSet<String> {
    let dependencies = manifest.split("[dependencies]").nth(1).unwrap_or_default();
    dependencies
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.strip_prefix("dftective-"))
        .filter_map(|rest| rest.split(['.', ' ', '=']).next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_page_of_rooms_is_the_house() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/rooms.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let mut above = BTreeSet::new();
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let room = cells[1].trim_matches('`').to_owned();
        let names: BTreeSet<String> = cells[3]
            .split(", ")
            .filter(|name| name.starts_with('`'))
            .map(|name| name.trim_matches('`').to_owned())
            .collect();
        let manifest = std::fs::read_to_string(root.join("crates").join(&room).join("Cargo.toml")).unwrap();
        assert_eq!(used(&manifest), names, "{room}");
        let below: Vec<_> = names.difference(&above).collect();
        assert!(
            below.is_empty(),
            "{room} uses {below:?}, which do not stand above it"
        );
        above.insert(room);
    }
    let crates = std::fs::read_dir(root.join("crates")).unwrap();
    let there: BTreeSet<String> = crates
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(above, there);
}

/// Each row of `docs/hard-inputs.md` ends with a file and a test in it.
#[test]
fn every_hard_input_has_its_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/hard-inputs.md")).unwrap();
    let mut rows = 0;
    for row in page.lines().filter(|line| line.ends_with("` |")) {
        let last = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let (file, test) = last.split_once(": ").unwrap();
        let [file, test] = [file, test].map(|name| name.trim_matches('`'));
        let source = std::fs::read_to_string(root.join(file)).unwrap();
        let declared = format!("#[test]\nfn {test}()");
        // Tests of a module within the file are indented.
        let is_there = source
            .lines()
            .map(|line| format!("{}\n", line.trim_start()))
            .collect::<String>()
            .contains(&declared);
        assert!(is_there, "{file} has no test {test}");
        rows += 1;
    }
    assert!(rows > 50, "{rows}");
}
