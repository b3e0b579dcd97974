//! What the labels of data mean.

use dftective::sample::LabelWords;

/// What the labels of data mean.
#[derive(clap::Args, Clone, Default)]
pub struct LabelArgs {
    /// Words that mean fake and real, besides these two, in labels and names of folders: fake=1,real=0
    ///
    /// Several words may mean one class: fake=1,fake=spoof,real=live. Case does not matter, and a whole number may have a
    /// decimal point (1.0 is 1). A folder may also have a number in front of its word (0_real). No other word is taken for
    /// a label.
    #[arg(long = "labels", value_name = "MEANING")]
    labels: Option<LabelWords>,
}

impl LabelArgs {
    /// The words that mean a class.
    pub fn words(&self) -> LabelWords {
        self.labels.clone().unwrap_or_default()
    }
}
