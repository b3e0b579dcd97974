//! `docs/rooms.md` is the house as it stands: every crate has a row, uses only rooms above it, and those that the row names.

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
