//! One field of a row, as a file holds it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};

use super::Cell;
use dftective_sample::quoted;

/// What stands for nothing in tables that pandas, Polars, DuckDB and R write as text.
const NOTHING: [&str; 8] = ["", "NaN", "nan", "None", "NULL", "null", "<NA>", "NA"];

/// One field of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Field<'a> {
    Missing,
    /// Text of a format without kinds, where a number is a text that reads as one.
    Untyped(&'a str),
    Text(Cow<'a, str>),
    Boolean(bool),
    Integer(i64),
    Real(f64),
}

impl Field<'_> {
    /// The same, borrowed.
    pub fn by_ref(&self) -> Field<'_> {
        match self {
            Self::Missing => Field::Missing,
            Self::Untyped(text) => Field::Untyped(text),
            Self::Text(text) => Field::Text(Cow::Borrowed(text)),
            Self::Boolean(value) => Field::Boolean(*value),
            Self::Integer(value) => Field::Integer(*value),
            Self::Real(value) => Field::Real(*value),
        }
    }

    /// As text; an empty one counts as missing. A boolean is `true` or `false`, a whole number has no decimal point.
    pub fn name(self) -> Option<String> {
        match self {
            Self::Missing => None,
            Self::Untyped(text) => Some(text.to_owned()),
            Self::Text(text) => Some(text.into_owned()),
            Self::Boolean(value) => Some(value.to_string()),
            Self::Integer(value) => Some(value.to_string()),
            // NumPy's and pandas' way to say that nothing is there.
            Self::Real(value) if value.is_nan() => None,
            Self::Real(value) => Some(value.to_string()),
        }
        .filter(|text| !text.is_empty())
    }

    /// As text, where what other programs write for nothing is nothing.
    pub fn text(self) -> Option<String> {
        self.name().filter(|text| !NOTHING.contains(&text.trim()))
    }

    /// As a finite number, or what there is instead.
    pub fn number(self) -> Result<f64, String> {
        let value = match self {
            Self::Missing => return Err("nothing".to_owned()),
            Self::Untyped("") => return Err("nothing".to_owned()),
            Self::Untyped(text) => match text.trim() {
                "True" | "true" | "TRUE" => 1.0,
                "False" | "false" | "FALSE" => 0.0,
                number => number.parse().map_err(|_| quoted(text))?,
            },
            Self::Text(text) => return Err(format!("the text {}", quoted(&text))),
            Self::Boolean(value) => f64::from(u8::from(value)),
            Self::Integer(value) => value as f64,
            Self::Real(value) => value,
        };
        if value.is_finite() {
            Ok(value)
        } else {
            Err(value.to_string())
        }
    }

    /// As a finite number where there is one, or what there is instead of one.
    pub fn known_number(self) -> Result<Option<f64>, String> {
        match self {
            Self::Real(value) if value.is_nan() => Ok(None),
            Self::Untyped(text) if NOTHING.contains(&text.trim()) => Ok(None),
            Self::Text(text) if NOTHING.contains(&text.trim()) => Ok(None),
            Self::Text(text) => Field::Untyped(&text).number().map(Some),
            Self::Missing => Ok(None),
            other => other.number().map(Some),
        }
    }

    /// As a whole number from 0, or what there is instead. Programs that have no integers beside gaps write it as a real
    /// number (`128.0`); −1 stands for nothing in NumPy archives.
    pub fn count(self) -> Result<Option<u32>, String> {
        let Some(value) = self.known_number()? else {
            return Ok(None);
        };
        if value == -1.0 {
            Ok(None)
        } else if value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&value) {
            Ok(Some(value as u32))
        } else {
            Err(value.to_string())
        }
    }
}

impl From<Field<'_>> for Cell {
    /// A boolean becomes 1 or 0.
    fn from(field: Field<'_>) -> Self {
        match field {
            Field::Missing => Self::Null,
            Field::Untyped(text) => Self::Text(text.to_owned()),
            Field::Text(text) => Self::Text(text.into_owned()),
            Field::Boolean(value) => Self::Integer(value.into()),
            Field::Integer(value) => Self::Integer(value),
            Field::Real(value) => Self::Real(value),
        }
    }
}

/// Of JSON: a text, a number, a boolean or null.
impl<'de> Deserialize<'de> for Field<'static> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldVisitor;
        impl Visitor<'_> for FieldVisitor {
            type Value = Field<'static>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number, a boolean or null")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Field::Missing)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
                Ok(Field::Boolean(value))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Field::Text(text.to_owned().into()))
            }

            fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
                Ok(Field::Text(text.into()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
                Ok(Field::Integer(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
                Ok(i64::try_from(value).map_or(Field::Real(value as f64), Field::Integer))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
                Ok(Field::Real(value))
            }
        }
        deserializer.deserialize_any(FieldVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_counts_however_they_are_written() {
        for field in [
            Field::Untyped("128"),
            Field::Untyped(" 128.0 "),
            Field::Untyped("1.28e2"),
            Field::Text("128.0".into()),
            Field::Integer(128),
            Field::Real(128.0),
        ] {
            assert_eq!(field.clone().count(), Ok(Some(128)), "{field:?}");
        }
        for text in NOTHING {
            assert_eq!(Field::Untyped(text).count(), Ok(None), "{text}");
            assert_eq!(Field::Text(text.into()).text(), None, "{text}");
        }
        for field in [
            Field::Missing,
            Field::Real(f64::NAN),
            Field::Integer(-1),
            Field::Untyped("-1.0"),
        ] {
            assert_eq!(field.clone().count(), Ok(None), "{field:?}");
        }
        for (field, found) in [
            (Field::Untyped("128.5"), "128.5"),
            (Field::Real(0.5), "0.5"),
            (Field::Integer(-2), "-2"),
            (Field::Untyped("4294967296"), "4294967296"),
            (Field::Real(f64::INFINITY), "inf"),
            (Field::Untyped("wide"), "\"wide\""),
        ] {
            assert_eq!(field.clone().count(), Err(found.to_owned()), "{field:?}");
        }
    }

    #[test]
    fn booleans_are_one_and_zero_in_every_format() {
        for (field, value) in [
            (Field::Untyped("True"), 1.0),
            (Field::Untyped("false"), 0.0),
            (Field::Boolean(true), 1.0),
            (Field::Integer(0), 0.0),
        ] {
            assert_eq!(field.number(), Ok(value));
        }
        assert!(Field::Text("true".into()).number().is_err());
    }

    #[test]
    fn names_are_kept_where_text_may_mean_nothing() {
        assert_eq!(Field::Untyped("None").name().as_deref(), Some("None"));
        assert_eq!(Field::Untyped("None").text(), None);
        assert_eq!(Field::Untyped("").name(), None);
        assert_eq!(Field::Real(1.0).text().as_deref(), Some("1"));
        assert_eq!(Field::Boolean(true).text().as_deref(), Some("true"));
        assert_eq!(Field::Real(f64::NAN).text(), None);
    }
}
