use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ClassifyError, input::check_positive};

/// Consecutive columns of a feature vector that belong together, as those of one feature family.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// What they are called; only for people.
    pub name: String,
    /// How many columns, at least 1.
    pub columns: usize,
    /// How much the block counts beside the others, finite and above 0; default 1.
    #[serde(default = "one")]
    pub weight: f64,
}

fn one() -> f64 {
    1.0
}

impl Block {
    /// Of weight 1.
    pub fn new(name: impl Into<String>, columns: usize) -> Self {
        Self {
            name: name.into(),
            columns,
            weight: 1.0,
        }
    }

    /// One block for each run of columns whose names begin alike, up to the first underscore: `dctr_0`, `dctr_1`,
    /// `srm_0` are a block `dctr` and a block `srm`. Names without an underscore begin alike.
    pub fn by_prefix(columns: &[String]) -> Vec<Self> {
        let prefix = |name: &String| {
            name.split_once('_')
                .map_or(String::new(), |(first, _)| first.to_owned())
        };
        columns
            .chunk_by(|a, b| prefix(a) == prefix(b))
            .map(|run| Self::new(prefix(&run[0]), run.len()))
            .collect()
    }
}

/// The blocks a classifier is given, their weights by name, and whether these are searched for.
pub type BlockWeights<'a> = (&'a mut Vec<Block>, &'a mut BTreeMap<String, f64>, &'a mut bool);

/// Parameters of a classifier whose blocks of columns may weigh differently; each says what the weights mean to it.
pub trait WeighBlocks: Sized {
    /// Where it keeps them.
    fn block_weights(&mut self) -> BlockWeights<'_>;

    /// Sets the blocks, which together cover all columns; none for one block of all columns.
    fn with_blocks(mut self, blocks: Vec<Block>) -> Self {
        *self.block_weights().0 = blocks;
        self
    }

    /// Sets how many times as much the blocks of these names count, above 0.
    fn with_weights(mut self, weights: BTreeMap<String, f64>) -> Self {
        *self.block_weights().1 = weights;
        self
    }

    /// Sets whether the training rows choose the weights.
    fn with_search_weights(mut self, search_weights: bool) -> Self {
        *self.block_weights().2 = search_weights;
        self
    }
}

/// Checks blocks and weights by themselves.
pub(super) fn check_blocks(blocks: &[Block], weights: &BTreeMap<String, f64>) -> Result<(), ClassifyError> {
    for weight in blocks.iter().map(|block| &block.weight).chain(weights.values()) {
        check_positive("weight", *weight)?;
    }
    if blocks.iter().any(|block| block.columns == 0) {
        return Err(ClassifyError::Parameter {
            name: "columns",
            expected: "at least 1 a block",
            found: "0".to_owned(),
        });
    }
    Ok(())
}

/// The blocks, or one of all columns where there are none, those that `weights` names counting so many times as much.
/// An error unless they are `features` columns in all, and for a name that none has.
pub(super) fn weighted(
    blocks: &[Block],
    weights: &BTreeMap<String, f64>,
    features: usize,
) -> Result<Vec<Block>, ClassifyError> {
    let mut blocks = if blocks.is_empty() {
        vec![Block::new("all", features)]
    } else {
        blocks.to_vec()
    };
    let columns = blocks
        .iter()
        .map(|block| block.columns)
        .fold(0, usize::saturating_add);
    if columns != features {
        return Err(ClassifyError::BlockColumns { columns, features });
    }
    if let Some(name) = weights
        .keys()
        .find(|name| blocks.iter().all(|block| block.name != **name))
    {
        let names: Vec<&str> = blocks.iter().map(|block| block.name.as_str()).collect();
        return Err(ClassifyError::UnknownBlock {
            name: name.clone(),
            known: names.join(", "),
        });
    }
    for block in &mut blocks {
        block.weight *= weights.get(&block.name).unwrap_or(&1.0);
    }
    Ok(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_begin_alike_are_a_block() {
        let columns = [
            "radial_0",
            "radial_1",
            "dctr-np_k1",
            "dctr-np_k2",
            "dctr_0",
            "a",
            "b",
        ];
        let blocks = Block::by_prefix(&columns.map(str::to_owned));
        let expected = [("radial", 2), ("dctr-np", 2), ("dctr", 1), ("", 2)];
        assert_eq!(blocks, expected.map(|(name, columns)| Block::new(name, columns)));
        assert!(Block::by_prefix(&[]).is_empty());
    }

    #[test]
    fn weights_go_to_the_blocks_they_name() {
        let blocks = vec![Block::new("a", 2), Block::new("b", 3), Block::new("a", 1)];
        let weights = |name: &str| BTreeMap::from([(name.to_owned(), 2.5)]);
        let found = weighted(&blocks, &weights("a"), 6)
            .map(|blocks| blocks.iter().map(|block| block.weight).collect::<Vec<_>>());
        assert_eq!(found.ok(), Some(vec![2.5, 1.0, 2.5]));
        let unknown = weighted(&blocks, &weights("c"), 6).map_err(|error| error.to_string());
        assert_eq!(
            unknown.err().as_deref(),
            Some("a weight is given for \"c\", but the features are of a, b, a")
        );
    }

    #[test]
    fn blocks_that_do_not_fit_are_errors() {
        let none = BTreeMap::new();
        assert_eq!(weighted(&[], &none, 5).ok(), Some(vec![Block::new("all", 5)]));
        let blocks = [Block::new("a", 2), Block::new("b", 3)];
        assert!(weighted(&blocks, &none, 5).is_ok());
        assert!(matches!(
            weighted(&blocks, &none, 6),
            Err(ClassifyError::BlockColumns {
                columns: 5,
                features: 6
            })
        ));
        let huge = [Block::new("a", usize::MAX), Block::new("b", 2)];
        assert!(weighted(&huge, &none, 1).is_err());
        for weight in [0.0, -1.0, f64::NAN] {
            assert!(
                check_blocks(
                    &[Block {
                        weight,
                        ..Block::new("a", 1)
                    }],
                    &none
                )
                .is_err()
            );
            assert!(check_blocks(&blocks, &BTreeMap::from([("a".to_owned(), weight)])).is_err());
        }
        assert!(check_blocks(&[Block::new("a", 0)], &none).is_err());
        let read: Result<Block, _> = serde_json::from_str(r#"{"name": "a", "columns": 2}"#);
        assert_eq!(read.ok(), Some(Block::new("a", 2)));
    }
}
