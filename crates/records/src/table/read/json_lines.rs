use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::features::{Builder, FeatureTable};
use crate::table::TableError;
use crate::table::field::Field;
use crate::table::json_lines::Pairs;
use dftective_sample::quoted;

/// The first record tells the columns; later ones must have the same, in any order.
pub(super) fn read(path: &Path) -> Result<FeatureTable, TableError> {
    let file = File::open(path).map_err(TableError::io(path, "open"))?;
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut line = Vec::new();
    let mut number = 0u64;
    let mut started: Option<(Builder, HashMap<String, usize>)> = None;
    let mut fields: Vec<Option<Field>> = Vec::new();
    loop {
        line.clear();
        number += 1;
        if reader
            .read_until(b'\n', &mut line)
            .map_err(TableError::io(path, "read"))?
            == 0
        {
            break;
        }
        let malformed = |what: String| TableError::malformed(path, format!("line {number}: {what}"));
        if line.trim_ascii().is_empty() {
            continue;
        }
        let Pairs(pairs) = serde_json::from_slice(&line).map_err(|error| malformed(error.to_string()))?;
        let (builder, columns) = match &mut started {
            Some(started) => started,
            None => {
                let names: Vec<_> = pairs.iter().map(|(name, _)| name.clone()).collect();
                let builder = Builder::new(path, &names, |_, _| false)?;
                started.insert((builder, names.into_iter().zip(0..).collect()))
            }
        };
        fields.clear();
        fields.resize(columns.len(), None);
        for (name, field) in pairs {
            let place = columns.get(&name).and_then(|&column| fields.get_mut(column));
            let place = place
                .ok_or_else(|| malformed(format!("column {} is not in the first record", quoted(&name))))?;
            if place.replace(field).is_some() {
                return Err(malformed(format!("column {} occurs twice", quoted(&name))));
            }
        }
        if let Some(name) = columns
            .iter()
            .find_map(|(name, &column)| fields[column].is_none().then_some(name))
        {
            return Err(malformed(format!(
                "expected column {} as in the first record, found none",
                quoted(name)
            )));
        }
        builder.push(Some(number), |column| match fields.get(column) {
            Some(Some(field)) => field.by_ref(),
            _ => Field::Missing,
        })?;
    }
    match started {
        Some((builder, _)) => builder.finish(),
        None => Err(TableError::Empty {
            path: path.to_owned(),
            skipped: 0,
        }),
    }
}
