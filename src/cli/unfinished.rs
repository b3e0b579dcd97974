//! Tables that an interruption left unfinished.

use anyhow::{Context, bail};
use dftective::decode::Limits;
use dftective::table::{Target, Writer};

/// What becomes of an unfinished table.
#[derive(clap::Args)]
pub struct UnfinishedArgs {
    /// Go on with an unfinished table after an interruption; the inputs must be the same
    #[arg(long, requires = "output")]
    pub resume: bool,
    /// Throw an unfinished table away and begin anew
    #[arg(long, conflicts_with = "resume")]
    restart: bool,
}

impl UnfinishedArgs {
    /// Hours of work must not vanish because an option was forgotten.
    pub fn refuse_unless_said(&self, target: &Target) -> anyhow::Result<()> {
        if let Target::File(path) = target
            && !self.resume
            && !self.restart
            && Writer::is_unfinished(target).with_context(|| path.display().to_string())?
        {
            bail!(
                "{}: an unfinished table stands beside it; go on with --resume, or begin anew with --restart",
                path.display()
            );
        }
        Ok(())
    }
}

/// What must not change between the runs that make one table, of whatever it is.
pub fn settings(limits: &Limits, has_device: bool) -> Vec<(String, String)> {
    let pair = |name: &str, value: String| (name.to_owned(), value);
    let mut settings = vec![
        pair("program", format!("dftective {}", env!("CARGO_PKG_VERSION"))),
        pair("max_pixels", limits.max_pixels.to_string()),
    ];
    if has_device {
        // Its last bits differ from the processor's.
        settings.push(pair("device", "cuda".to_owned()));
    }
    settings
}
