//! Images that belong together.

use dftective::datasets::GroupBy;

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
