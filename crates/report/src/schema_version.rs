//! Which shape of JSON records this is.

use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The version of the shape of JSON records ([`Evaluation`](super::Evaluation), [`Comparison`](super::Comparison),
/// [`Inspection`](super::Inspection), and those of experiments): a number in the field [`SchemaVersion::FIELD`]. A record in
/// memory always has the current shape, so there is nothing to it but the number that is written; records of older versions
/// are read, those of newer ones are not.
///
/// Version 1 had no such field. Version 2 has it, and calls `thresholds` what was `band`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SchemaVersion;

/// A record of a program that came after this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a record of schema version {found}, this program reads versions up to {}: use a newer dftective",
    SchemaVersion::CURRENT
)]
pub struct NewerSchema {
    /// Version of the record.
    pub found: u64,
}

impl SchemaVersion {
    /// The version that is written.
    pub const CURRENT: u64 = 2;
    /// Where it stands in a record.
    pub const FIELD: &str = "schema_version";

    /// Whether records of this version are read.
    ///
    /// # Errors
    /// A newer version.
    pub fn check(found: u64) -> Result<Self, NewerSchema> {
        if found > Self::CURRENT {
            return Err(NewerSchema { found });
        }
        Ok(Self)
    }

    /// Looks at the version of a record before its other fields, whose shape depends on it.
    ///
    /// # Errors
    /// A newer version.
    pub fn check_record(record: &Value) -> Result<Self, NewerSchema> {
        match record.get(Self::FIELD).and_then(Value::as_u64) {
            Some(found) => Self::check(found),
            None => Ok(Self),
        }
    }
}

impl Serialize for SchemaVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(Self::CURRENT)
    }
}

impl<'de> Deserialize<'de> for SchemaVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            0 => Err(D::Error::invalid_value(
                Unexpected::Unsigned(0),
                &"a version from 1",
            )),
            found => Self::check(found).map_err(D::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use serde::de::DeserializeOwned;
    use serde_json::json;

    use super::*;
    use crate::{Comparison, Evaluation, Inspection};

    fn golden(name: &str) -> Value {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden");
        serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap()
    }

    /// Reads a record of version 1, and what is written of it, which says the same.
    fn check<T: DeserializeOwned + Serialize>(name: &str) -> Value {
        let old = golden(name);
        assert!(old.get(SchemaVersion::FIELD).is_none());
        let record: T = serde_json::from_value(old.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let written = serde_json::to_value(&record).unwrap();
        assert_eq!(written[SchemaVersion::FIELD], SchemaVersion::CURRENT);
        let again: T = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(serde_json::to_value(&again).unwrap(), written);

        let mut newer = written.clone();
        newer[SchemaVersion::FIELD] = (SchemaVersion::CURRENT + 1).into();
        let error = serde_json::from_value::<T>(newer).err().unwrap().to_string();
        assert!(
            error.starts_with("a record of schema version 3, this program reads"),
            "{error}"
        );
        written
    }

    #[test]
    fn records_of_version_1_are_read() {
        for name in ["evaluation.json", "evaluation-groups.json"] {
            let old = golden(name);
            let evaluation = check::<Evaluation>(name);
            assert_eq!(evaluation["thresholds"], old["band"]);
            assert_eq!(evaluation["metrics"], old["metrics"]);
            assert_eq!(
                evaluation["failures"].as_array().unwrap().len(),
                old["failures"].as_array().unwrap().len()
            );
        }
        assert_eq!(
            check::<Comparison>("comparison.json")["scores"],
            golden("comparison.json")["scores"]
        );
        let inspection = check::<Inspection>("inspection.json");
        let old = golden("inspection.json");
        assert_eq!(inspection["profile"], old["profile"]);
        assert_eq!(inspection["judgement"]["score"], old["judgement"]["score"]);
    }

    #[test]
    fn newer_records_are_named_whatever_else_they_hold() {
        let newer = json!({ "schema_version": 3, "metrics": "of another shape" });
        assert_eq!(SchemaVersion::check_record(&newer), Err(NewerSchema { found: 3 }));
        for old in [
            json!({}),
            json!([]),
            json!({ "schema_version": 1 }),
            json!({ "schema_version": 2 }),
        ] {
            assert_eq!(SchemaVersion::check_record(&old), Ok(SchemaVersion));
        }
        assert!(serde_json::from_value::<SchemaVersion>(json!(0)).is_err());
    }
}
