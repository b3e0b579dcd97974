//! One entry a network: everything that is said of it anywhere. How its layers are made up stands in a file of its own in
//! the crate `networks`, which this one can't know: a program without networks names them all the same.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use super::{Architecture, InputKind};

/// A network by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkEntry {
    /// Which it is.
    pub architecture: Architecture,
    /// The name users write.
    pub name: &'static str,
    /// What it is, in a few words.
    pub summary: &'static str,
    /// Where it was published.
    pub paper: &'static str,
    /// What it sees at a time, in R, G and B.
    pub input: InputKind,
    /// Side of the squares it was made for, pixels.
    pub side: u32,
    /// The sides it can see: those with a dense layer on their maps see one size only.
    pub sides: RangeInclusive<u32>,
    /// What becomes of R, G and B, of 0 to 255, before its first layer.
    pub normalisation: &'static str,
    /// Squares of a picture that are judged where nothing else is said, spread evenly: nine where the square is a small
    /// part of a usual picture.
    pub views: u32,
    /// Numbers that are learnt, one logit being the output. Statistics of normalisations and fixed filters do not count.
    pub parameters: usize,
}

const MESO: &str =
    "Afchar, Nozick, Yamagishi, Echizen, \"MesoNet: a compact facial video forgery detection network\", 2018";
const XCEPTION: &str = "Chollet, \"Xception: deep learning with depthwise separable convolutions\", 2017";
const RESNET: &str = "He, Zhang, Ren, Sun, \"Deep residual learning for image recognition\", 2016";
const FROM_0_TO_1: &str = "x / 255";
const FROM_MINUS_1_TO_1: &str = "x / 127.5 − 1";
const IMAGENET: &str = "(x / 255 − mean) / deviation of ImageNet";

/// All networks, in the order in which they are listed.
pub(super) static REGISTRY: [NetworkEntry; Architecture::ALL.len()] = [
    NetworkEntry {
        architecture: Architecture::Meso4,
        name: "meso4",
        summary: "Network of four convolutions (Afchar et al. 2018)",
        paper: MESO,
        input: InputKind::Square,
        side: 256,
        sides: 256..=256,
        normalisation: FROM_0_TO_1,
        views: 1,
        parameters: 27_929,
    },
    NetworkEntry {
        architecture: Architecture::MesoInception4,
        name: "meso-inception4",
        summary: "The same authors' network of inception modules",
        paper: MESO,
        input: InputKind::Square,
        side: 256,
        sides: 256..=256,
        normalisation: FROM_0_TO_1,
        views: 1,
        parameters: 28_540,
    },
    NetworkEntry {
        architecture: Architecture::SrmResnet,
        name: "srm-resnet",
        summary: "Small residual network behind fixed high-pass filters",
        paper: "Fridrich, Kodovský, \"Rich models for steganalysis of digital images\", 2012, for the filters; blocks as He \
                et al. 2016",
        input: InputKind::Square,
        side: 128,
        sides: 32..=1024,
        normalisation: "Y, Cb and Cr (JFIF), high-pass filtered, clipped to ± 6",
        views: 9,
        parameters: 264_289,
    },
    NetworkEntry {
        architecture: Architecture::Xception,
        name: "xception",
        summary: "Xception (Chollet 2017)",
        paper: XCEPTION,
        input: InputKind::Square,
        side: 299,
        sides: 64..=1024,
        normalisation: FROM_MINUS_1_TO_1,
        views: 1,
        parameters: 20_809_001,
    },
    NetworkEntry {
        architecture: Architecture::XceptionPair,
        name: "xception-pair",
        summary: "Two Xceptions, their probabilities averaged",
        paper: XCEPTION,
        input: InputKind::Square,
        side: 299,
        sides: 64..=1024,
        normalisation: FROM_MINUS_1_TO_1,
        views: 1,
        parameters: 41_618_002,
    },
    NetworkEntry {
        architecture: Architecture::Resnet18,
        name: "resnet18",
        summary: "Residual network of 18 layers (He et al. 2016)",
        paper: RESNET,
        input: InputKind::Square,
        side: 224,
        sides: 32..=1024,
        normalisation: IMAGENET,
        views: 1,
        parameters: 11_177_025,
    },
    NetworkEntry {
        architecture: Architecture::Resnet50,
        name: "resnet50",
        summary: "Residual network of 50 layers (He et al. 2016)",
        paper: RESNET,
        input: InputKind::Square,
        side: 224,
        sides: 32..=1024,
        normalisation: IMAGENET,
        views: 1,
        parameters: 23_510_081,
    },
];

/// `a, b or c`: what a name must be.
pub(super) static NAMES: LazyLock<String> = LazyLock::new(|| {
    let names = REGISTRY.each_ref().map(|entry| entry.name);
    let (last, others) = names
        .split_last()
        .map_or(("", &names[..]), |(last, others)| (*last, others));
    format!("{} or {last}", others.join(", "))
});

/// The sides that each can see, in words.
pub(super) static SIDES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let each = REGISTRY.iter().map(|NetworkEntry { sides, .. }| match sides {
        sides if sides.start() == sides.end() => sides.start().to_string(),
        sides => format!("from {} to {}", sides.start(), sides.end()),
    });
    each.collect()
});

impl NetworkEntry {
    /// The entry as a row of the table of networks in the documentation.
    pub fn table_row(&self) -> String {
        let digits = self.parameters.to_string();
        let thousands: Vec<&str> = digits
            .as_bytes()
            .rchunks(3)
            .rev()
            .filter_map(|group| std::str::from_utf8(group).ok())
            .collect();
        let squares = self.input.of_an_item(self.views);
        format!(
            "| `{}` | {} | {} | {side} × {side} ({}) | {squares} | {} | {} |",
            self.name,
            self.summary,
            self.paper,
            self.architecture.sides(),
            self.normalisation,
            thousands.join(","),
            side = self.side,
        )
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn entries_stand_in_the_order_of_the_architectures() {
        for (entry, architecture) in REGISTRY.iter().zip(Architecture::ALL) {
            assert_eq!(entry.architecture, architecture);
            assert_eq!(architecture.entry(), entry);
            assert!(entry.sides.contains(&entry.side) && entry.input.takes_views(entry.views));
        }
        assert_eq!(Architecture::Meso4.sides(), "256");
        assert_eq!(Architecture::Xception.sides(), "from 64 to 1024");
    }

    #[test]
    fn the_documentation_has_a_row_for_each() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/network-table.md");
        let page = fs::read_to_string(page).unwrap();
        let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
        let expected: Vec<String> = REGISTRY.iter().map(NetworkEntry::table_row).collect();
        assert_eq!(rows, expected);
    }
}
