//! Images that belong together.

use dftective::datasets::GroupBy;
use dftective::detector::Dataset;

/// How images are put into groups.
#[derive(clap::Args, Clone, Default)]
pub struct GroupArgs {
    /// Images that belong together, as frames of a video: by column (group, in a manifest or table), folder, or
    /// pattern:REGEX
    ///
    /// A pattern is matched against the file's name, and its one capture group ( ) is the group: with
    /// 'pattern:^(\d+_\d+)_' the frame 033_097_0001.png belongs to 033_097. Every name must match.
    #[arg(long, value_name = "HOW")]
    pub group_by: Option<GroupBy>,
}

impl GroupArgs {
    /// Gives the images the groups asked for; without any asked for, those of the data stay.
    pub fn apply(&self, dataset: &mut Dataset) -> anyhow::Result<()> {
        if let Some(by) = &self.group_by {
            by.apply(&mut dataset.samples)?;
        }
        Ok(())
    }
}
