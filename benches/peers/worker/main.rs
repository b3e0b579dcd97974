//! Our side of the comparisons, at the end of a line protocol: for `benches/peers/*.py`.
//!
//! Requests are JSON, one a line on stdin; each is answered by one line of JSON on stdout, in the order of asking.
//! What cannot be done is answered by `{"error": TEXT}`. Work is repeated until S seconds are full.
//!
//! * `{"load": {"train": PATH, "labels": PATH, "test": PATH}}` reads `.npy` files: n × d doubles, n booleans (fake is
//!   true), m × d doubles.
//! * `{"fit": PARAMS, "seconds": S}` fits `dftective_classify::Params`, as that type reads it, and predicts the test
//!   rows; answers with the least times, since what else the machine does can only add to them.
//! * `{"planes": PATH}` reads a `.npy` file of bytes: count × height × width.
//! * `{"profile": RECIPE, "seconds": S}` makes the profile of every plane; answers with the median time for all of
//!   them and the first one's profile.
//! * `{"extract": FAMILIES, "images": [PATH...], "seconds": S}` reads the images and computes the families again and
//!   again; answers with the median time of an image.
//! * `{"judge": {"model": PATH, "image": PATH}, "seconds": S}` reads, decodes and judges an image again and again;
//!   answers with the median time.

mod classifiers;
mod npy;
mod spectra;

use std::error::Error;
use std::io::{IsTerminal, Write, stdin, stdout};

use dftective_classify::Params;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Request {
    Load {
        train: String,
        labels: String,
        test: String,
    },
    Planes(String),
    #[serde(untagged)]
    Fit {
        fit: Params,
        seconds: f64,
    },
    #[serde(untagged)]
    Profile {
        profile: String,
        seconds: f64,
    },
    #[serde(untagged)]
    Extract {
        extract: String,
        images: Vec<std::path::PathBuf>,
        seconds: f64,
    },
    #[serde(untagged)]
    Judge {
        judge: spectra::Judge,
        seconds: f64,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Loaded(Vec<usize>),
    Error(String),
    #[serde(untagged)]
    Fitted(classifiers::Measured),
    #[serde(untagged)]
    Timed(spectra::Timed),
}

#[derive(Default)]
struct Loaded {
    matrices: Option<classifiers::Data>,
    planes: Vec<image::GrayImage>,
}

fn reply(line: &str, loaded: &mut Loaded) -> Result<Reply, Box<dyn Error>> {
    Ok(match serde_json::from_str(line)? {
        Request::Load { train, labels, test } => {
            let data = loaded
                .matrices
                .insert(classifiers::Data::load(&train, &labels, &test)?);
            Reply::Loaded(data.shape().to_vec())
        }
        Request::Fit { fit, seconds } => {
            let data = loaded.matrices.as_ref().ok_or("nothing loaded yet")?;
            Reply::Fitted(data.measure(&fit, seconds)?)
        }
        Request::Planes(path) => {
            loaded.planes = spectra::planes(&path)?;
            Reply::Loaded(vec![loaded.planes.len()])
        }
        Request::Profile { profile, seconds } => {
            Reply::Timed(spectra::profile(&loaded.planes, &profile.parse()?, seconds)?)
        }
        Request::Extract {
            extract,
            images,
            seconds,
        } => Reply::Timed(spectra::extract(&extract, &images, seconds)?),
        Request::Judge { judge, seconds } => Reply::Timed(judge.measure(seconds)?),
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    if stdin().is_terminal() {
        println!("nothing to do: the scripts in benches/peers run this program");
        return Ok(());
    }
    let mut loaded = Loaded::default();
    for line in stdin().lines() {
        let answer = reply(&line?, &mut loaded).unwrap_or_else(|e| Reply::Error(e.to_string()));
        let mut out = stdout().lock();
        serde_json::to_writer(&mut out, &answer)?;
        writeln!(out)?;
        out.flush()?;
    }
    Ok(())
}
