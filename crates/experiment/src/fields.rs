//! Fields of a description, held to their ranges while they are read, so that errors know their place.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::Classifier;
use dftective_classify::Params;
use dftective_features::{FamilyName, Selection};
use dftective_synth::SynthParams;

/// Larger descriptions are none.
const MAX_BYTES: u64 = 1 << 20;

/// A text file of at most [`MAX_BYTES`].
pub fn small_text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        let found = format!("larger than {MAX_BYTES} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, found));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not a text in UTF-8"))
}

/// A value that `is_right`, or an error that says what was expected.
fn checked<'de, D, T>(deserializer: D, expected: &str, is_right: impl Fn(&T) -> bool) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + std::fmt::Debug,
{
    let value = T::deserialize(deserializer)?;
    if is_right(&value) {
        return Ok(value);
    }
    Err(D::Error::custom(format!("expected {expected}, found {value:?}")))
}

pub fn one_line<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(deserializer, "one line of text", |text: &String| {
        !text.trim().is_empty() && !text.chars().any(char::is_control)
    })
}

pub fn repetitions<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    checked(deserializer, "1 to 1000 repetitions", |n| (1..=1000).contains(n)).map(Some)
}

pub fn fraction<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    checked(deserializer, "a number above 0 and below 1", |&share| {
        share > 0.0 && share < 1.0
    })
    .map(Some)
}

pub fn folds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<usize>, D::Error> {
    checked(deserializer, "at least 2 folds", |&folds| folds >= 2).map(Some)
}

/// Two items of each class, so that a split can have both on either side.
pub fn samples<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<usize>>, D::Error> {
    checked(
        deserializer,
        "falling numbers of samples of at least 4",
        |sizes: &Vec<usize>| sizes.iter().all(|&size| size >= 4) && sizes.is_sorted_by(|a, b| a > b),
    )
    .map(Some)
}

pub fn percentage<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    checked(deserializer, "a percentage from 0 to 100", |percent| {
        (0.0..=100.0).contains(percent)
    })
}

pub fn decimals<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    checked(deserializer, "at most 6 decimals", |&decimals| decimals <= 6)
}

pub fn synthetic<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SynthParams>, D::Error> {
    let params = Option::<SynthParams>::deserialize(deserializer)?;
    params
        .map_or(Ok(()), |params| params.check())
        .map_err(D::Error::custom)?;
    Ok(params)
}

pub fn parameters<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Params, D::Error> {
    let parameters = Params::deserialize(deserializer)?;
    parameters.check().map(|()| parameters).map_err(D::Error::custom)
}

pub fn families<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<FamilyName>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Families {
        Text(String),
        Names(Vec<String>),
    }
    let list = match Families::deserialize(deserializer)? {
        Families::Text(text) => text,
        Families::Names(names) => names.join(","),
    };
    Selection::families_of(&list).map_err(D::Error::custom)
}

pub fn classifiers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Classifier>, D::Error> {
    checked(
        deserializer,
        "at least one classifier, each with a name of its own",
        |classifiers: &Vec<Classifier>| {
            let names = || classifiers.iter().map(|classifier| classifier.name.as_str());
            let different: std::collections::BTreeSet<&str> = names().collect();
            !classifiers.is_empty() && different.len() == names().count()
        },
    )
}

/// The first published number whose origin `source` does not explain: where it stands in the text of the description,
/// and what is wrong.
pub fn unexplained(text: &str, source: &str) -> Result<Option<(usize, String)>, toml::de::Error> {
    #[derive(Deserialize)]
    struct Origins {
        classifiers: Vec<OfClassifier>,
    }
    #[derive(Deserialize)]
    struct OfClassifier {
        #[serde(default)]
        published: Vec<Published>,
    }
    #[derive(Deserialize)]
    struct Published {
        origin: Spanned<u8>,
    }

    let Origins { classifiers } = toml::from_str(text)?;
    let mut origins = classifiers
        .into_iter()
        .flat_map(|classifier| classifier.published)
        .map(|published| published.origin);
    let missing = origins.find(|origin| !source.contains(&format!("[{}]", origin.get_ref())));
    Ok(missing.map(|origin| {
        let number = origin.get_ref();
        let message = format!("origin = {number}: expected [{number}] in `source`, found none");
        (origin.span().start, message)
    }))
}
