//! The two classes of an image, and the words that mean them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::short::short;

/// The class of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// Taken by a camera; the negative class.
    Real,
    /// Generated or manipulated; the positive class.
    Fake,
}

impl Label {
    /// Both labels, real first.
    pub const ALL: [Self; 2] = [Self::Real, Self::Fake];

    /// Whether it is the positive class.
    pub fn is_fake(self) -> bool {
        self == Self::Fake
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Real => "real",
            Self::Fake => "fake",
        })
    }
}

impl FromStr for Label {
    type Err = UnknownLabel;

    /// The words `real` and `fake`, see [`LabelWords`].
    fn from_str(text: &str) -> Result<Self, UnknownLabel> {
        LabelWords::default().label(text)
    }
}

/// Which words of a data set mean which class: `real` and `fake`, and those that the user gives a meaning.
///
/// Words are compared without regard to case and to spaces around them, and a whole number may have a decimal point, as
/// pandas writes columns with gaps: `1.0` is `1`. No other word is ever taken for a label.
///
/// As text: `fake=1,fake=spoof,real=live`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelWords {
    /// The words given, as they are compared.
    given: BTreeMap<String, Label>,
}

impl LabelWords {
    /// Whether the user gave no word a meaning.
    pub fn is_default(&self) -> bool {
        self.given.is_empty()
    }

    /// The label that a word means, if it has a meaning.
    pub fn get(&self, word: &str) -> Option<Label> {
        let word = compared(word);
        let named = Label::ALL.into_iter().find(|label| word == label.to_string());
        named.or_else(|| self.given.get(&word).copied())
    }

    /// The label that a word means.
    ///
    /// # Errors
    /// A word without a meaning.
    pub fn label(&self, word: &str) -> Result<Label, UnknownLabel> {
        self.get(word).ok_or_else(|| UnknownLabel {
            found: word.to_owned(),
            expected: Label::ALL
                .map(|label| label.to_string())
                .into_iter()
                .chain(self.given.keys().cloned())
                .collect::<Vec<_>>()
                .join(" or "),
        })
    }
}

/// A word as it is compared with others.
fn compared(word: &str) -> String {
    let word = word.trim();
    let is_whole = |(whole, zeros): &(&str, &str)| {
        let digits = whole.strip_prefix('-').unwrap_or(whole);
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number && zeros.bytes().all(|byte| byte == b'0')
    };
    word.split_once('.')
        .filter(is_whole)
        .map_or(word, |(whole, _)| whole)
        .to_lowercase()
}

impl fmt::Display for LabelWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs: Vec<String> = self
            .given
            .iter()
            .map(|(word, label)| format!("{label}={word}"))
            .collect();
        f.write_str(&pairs.join(","))
    }
}

impl FromStr for LabelWords {
    type Err = LabelWordsError;

    fn from_str(text: &str) -> Result<Self, LabelWordsError> {
        let mut words = Self::default();
        for pair in text.split(',') {
            let no_pair = || LabelWordsError::NoPair {
                found: pair.to_owned(),
            };
            let (label, word) = pair.split_once('=').ok_or_else(no_pair)?;
            let (label, word): (Label, _) = (label.parse().map_err(|_| no_pair())?, compared(word));
            if word.is_empty() {
                return Err(no_pair());
            }
            if words.get(&word).is_some_and(|other| other != label) {
                return Err(LabelWordsError::BothMeanings { word });
            }
            words.given.insert(word, label);
        }
        Ok(words)
    }
}

/// Why words can't be given meanings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LabelWordsError {
    /// Something other than a label and a word.
    #[error(
        "expected fake=WORD and real=WORD, separated by commas, found '{}'",
        short(found)
    )]
    NoPair {
        /// What was given.
        found: String,
    },
    /// A word that would mean both labels; `real` and `fake` mean themselves.
    #[error("'{}' would mean both real and fake", short(word))]
    BothMeanings {
        /// The word.
        word: String,
    },
}

/// A word that means neither label.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown label '{}' (expected {}); --labels gives other words a meaning, as in --labels fake=1,real=0",
    short(found),
    short(expected)
)]
pub struct UnknownLabel {
    /// What was given.
    pub found: String,
    /// The words that have a meaning, joined by "or".
    pub expected: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> LabelWords {
        text.parse().unwrap()
    }

    #[test]
    fn without_words_given_there_are_two() {
        let default = LabelWords::default();
        assert_eq!(default.get(" Real\n"), Some(Label::Real));
        assert_eq!(default.get("FAKE"), Some(Label::Fake));
        for word in ["", "0", "1", "true", "spoof", "real_", "0_real"] {
            assert_eq!(default.get(word), None, "{word}");
        }
        let error = "1".parse::<Label>().unwrap_err().to_string();
        assert!(
            error.starts_with("unknown label '1' (expected real or fake);"),
            "{error}"
        );
        assert!(error.contains("--labels"), "{error}");
    }

    #[test]
    fn words_mean_what_is_said_of_them() {
        let words = words("fake=1, fake=Spoof,real=live,REAL=0");
        for (word, label) in [
            ("1", Label::Fake),
            ("1.0", Label::Fake),
            ("0.00", Label::Real),
            (" SPOOF ", Label::Fake),
            ("Live", Label::Real),
            ("fake", Label::Fake),
        ] {
            assert_eq!(words.get(word), Some(label), "{word}");
        }
        for word in ["1.5", "-1", "01", "1e0", ".0", "true", "dead"] {
            assert_eq!(words.get(word), None, "{word}");
        }
        assert_eq!(words.to_string(), "real=0,fake=1,real=live,fake=spoof");
        assert_eq!(words.to_string().parse(), Ok(words.clone()));
        let error = words.label("dead").unwrap_err().to_string();
        assert!(
            error.contains("expected real or fake or 0 or 1 or live or spoof"),
            "{error}"
        );
    }

    #[test]
    fn polarity_may_be_turned_by_words_but_not_for_the_labels_themselves() {
        assert_eq!(words("real=1,fake=0").get("1"), Some(Label::Real));
        for text in ["fake=real", "fake=1,real=1", "fake=1.0,real=1", "real=x,fake=X"] {
            assert!(matches!(
                text.parse::<LabelWords>(),
                Err(LabelWordsError::BothMeanings { .. })
            ));
        }
        assert_eq!(words("real=real,fake=FAKE").get("real"), Some(Label::Real));
    }

    #[test]
    fn what_is_no_pair_is_named() {
        for (text, found) in [
            ("", "''"),
            ("1", "'1'"),
            ("fake=1,", "''"),
            ("fake=", "'fake='"),
            ("1=fake", "'1=fake'"),
        ] {
            let error = text.parse::<LabelWords>().unwrap_err().to_string();
            assert!(error.ends_with(found), "{error}");
        }
    }
}
