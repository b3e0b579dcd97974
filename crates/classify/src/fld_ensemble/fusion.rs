use serde::{Deserialize, Serialize};

/// How the base learners' outputs make one margin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fusion {
    /// The mean of their votes, 1 for fake and −1 for real: the majority of the paper, in [−1, 1].
    Majority,
    /// The mean of their projections less their thresholds, each over the deviation within the classes of its training
    /// rows. The whole ensemble is then one weight a column (Cogranne, Sedighi, Fridrich, Pevný, "Is ensemble
    /// classifier needed for steganalysis in high-dimensional feature spaces?", 2015).
    #[default]
    Projection,
}
