//! An image that could not be used.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::short::short_message;
use crate::{ErrorCode, Sample};

/// Why there is nothing of an image: a code for programs, and words for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SampleError {
    /// The stable code.
    pub code: ErrorCode,
    /// In words, which may change.
    pub message: String,
}

impl SampleError {
    /// Of an error, whose words it takes, shortened where it quotes too much.
    pub fn new(code: ErrorCode, message: impl fmt::Display) -> Self {
        Self {
            code,
            message: short_message(message),
        }
    }
}

/// An image that could not be used, for a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Its name, see [`Sample::name`].
    pub path: String,
    /// Why.
    pub error: String,
    /// The code of the error; results of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
}

impl Failure {
    /// Of an image.
    pub fn of(sample: &Sample, error: SampleError) -> Self {
        Self {
            path: sample.name(),
            error: error.message,
            code: Some(error.code),
        }
    }
}
