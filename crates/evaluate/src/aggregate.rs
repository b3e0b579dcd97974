//! From frames to videos: the scores of a group's items become one.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::error::{check, check_threshold};
use super::{Bootstrap, BootstrapOptions, MetricError, Metrics};

/// How the scores of a group's items become the score of the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GroupRule {
    /// The share of its items called fake: the paper's vote. The group is called fake from one half on, so a tie is
    /// fake, as a score at the threshold is.
    Majority,
    /// The mean of its scores, called at the items' threshold.
    Mean,
    /// The median of its scores (the mean of the middle two of an even number), called at the items' threshold.
    Median,
}

impl GroupRule {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Majority, Self::Mean, Self::Median];
}

impl fmt::Display for GroupRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Majority => "majority",
            Self::Mean => "mean",
            Self::Median => "median",
        })
    }
}

/// A group by all rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupScore {
    /// Its name.
    pub name: String,
    /// Whether its items are fake.
    pub fake: bool,
    /// How many items it has.
    pub items: usize,
    /// The share of them called fake.
    pub majority: f64,
    /// The mean of their scores.
    pub mean: f64,
    /// The median of their scores.
    pub median: f64,
}

impl GroupScore {
    /// The groups in the order of their first items. `groups` names the group of each item.
    ///
    /// # Errors
    /// Lengths that differ, no items, a score or threshold that is not finite, a class without items, a group with
    /// items of both.
    pub fn of(
        scores: &[f64],
        labels: &[bool],
        groups: &[&str],
        threshold: f64,
    ) -> Result<Vec<Self>, MetricError> {
        check(scores, labels)?;
        check_threshold(threshold)?;
        if groups.len() != labels.len() {
            return Err(MetricError::Groups {
                labels: labels.len(),
                groups: groups.len(),
            });
        }
        let mut places = HashMap::new();
        let mut members: Vec<(&str, Vec<usize>)> = Vec::new();
        for (item, &name) in groups.iter().enumerate() {
            let place = *places.entry(name).or_insert(members.len());
            match members.get_mut(place) {
                Some((_, items)) => items.push(item),
                None => members.push((name, vec![item])),
            }
        }
        let group = |(name, items): (&str, Vec<usize>)| {
            let fake = items.iter().filter(|&&item| labels[item]).count();
            let real = items.len() - fake;
            let name = name.to_owned();
            if fake > 0 && real > 0 {
                return Err(MetricError::MixedGroup { name, fake, real });
            }
            let mut rising: Vec<f64> = items.iter().map(|&item| scores[item]).collect();
            rising.sort_by(f64::total_cmp);
            let n = rising.len();
            let called = n - rising.partition_point(|&score| score < threshold);
            Ok(Self {
                name,
                fake: fake > 0,
                items: n,
                majority: called as f64 / n as f64,
                mean: mean_of_rising(&rising),
                median: (rising[(n - 1) / 2] / 2.0) + (rising[n / 2] / 2.0),
            })
        };
        members.into_iter().map(group).collect()
    }

    /// The score by a rule.
    pub fn score(&self, rule: GroupRule) -> f64 {
        match rule {
            GroupRule::Majority => self.majority,
            GroupRule::Mean => self.mean,
            GroupRule::Median => self.median,
        }
    }
}

/// Added in one order, so that the order of the items does not matter to the last bit; equal values have that value as
/// their mean, which may be the threshold.
fn mean_of_rising(values: &[f64]) -> f64 {
    let (Some(&low), Some(&high)) = (values.first(), values.last()) else {
        return f64::NAN;
    };
    let above: f64 = values.iter().map(|value| value - low).sum();
    (low + above / values.len() as f64).clamp(low, high)
}

/// What a rule was worth: the metrics of groups instead of items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupResult {
    /// The rule.
    pub rule: GroupRule,
    /// The metrics of its scores.
    pub metrics: Metrics,
    /// Their intervals, where resampling was asked for.
    pub bootstrap: Option<Bootstrap>,
}

impl GroupResult {
    /// Every rule on the same groups, whose items were called at `threshold`.
    ///
    /// # Errors
    /// What [`Metrics::from_scores`] and [`Bootstrap::of`] say.
    pub fn of(
        groups: &[GroupScore],
        threshold: f64,
        bootstrap: Option<BootstrapOptions>,
    ) -> Result<Vec<Self>, MetricError> {
        let labels: Vec<bool> = groups.iter().map(|group| group.fake).collect();
        let result = |rule| {
            let scores: Vec<f64> = groups.iter().map(|group| group.score(rule)).collect();
            let threshold = match rule {
                GroupRule::Majority => 0.5,
                GroupRule::Mean | GroupRule::Median => threshold,
            };
            Ok(Self {
                rule,
                metrics: Metrics::from_scores(&scores, &labels, threshold)?,
                bootstrap: bootstrap
                    .map(|options| Bootstrap::of(&scores, &labels, threshold, None, options))
                    .transpose()?,
            })
        };
        GroupRule::ALL.into_iter().map(result).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn counted_by_hand() -> Result<(), MetricError> {
        let scores = [0.9, 0.1, 0.4, 0.3, 0.5, 0.2];
        let labels = [true, false, true, true, true, false];
        let found = GroupScore::of(&scores, &labels, &["v", "w", "v", "v", "v", "w"], 0.5)?;
        assert_eq!(found.len(), 2);
        let v = &found[0];
        assert_eq!((v.name.as_str(), v.fake, v.items), ("v", true, 4));
        // .9 and .5 of four: a tie.
        assert_eq!(v.majority, 0.5);
        assert!((v.mean - 2.1 / 4.0).abs() < 1e-15 && (v.median - 0.45).abs() < 1e-15);
        assert_eq!((found[1].fake, found[1].majority), (false, 0.0));

        let results = GroupResult::of(&found, 0.5, None)?;
        let right: Vec<f64> = results.iter().map(|result| result.metrics.accuracy).collect();
        // The tie counts as fake, the median of .45 as real.
        assert_eq!(right, [1.0, 1.0, 0.5]);
        assert!(results.iter().all(|result| result.bootstrap.is_none()));
        Ok(())
    }

    #[test]
    fn the_vote_keeps_its_threshold() -> Result<(), MetricError> {
        // Margins, called at 0.
        let found = GroupScore::of(
            &[2.0, -1.0, -3.0, -4.0],
            &[true, true, false, false],
            &["a", "a", "b", "b"],
            0.0,
        )?;
        let results = GroupResult::of(
            &found,
            0.0,
            Some(BootstrapOptions {
                resamples: 100,
                seed: 0,
            }),
        )?;
        for result in results {
            let threshold = if result.rule == GroupRule::Majority {
                0.5
            } else {
                0.0
            };
            assert_eq!(
                (result.metrics.threshold, result.metrics.accuracy),
                (threshold, 1.0)
            );
            assert_eq!(result.bootstrap.map(|b| b.units), Some(2));
        }
        Ok(())
    }

    #[test]
    fn a_group_with_both_labels_is_named() {
        let error = GroupScore::of(&[0.1, 0.2, 0.3], &[true, false, true], &["x", "y", "y"], 0.5);
        let name = "y".to_owned();
        assert_eq!(
            error,
            Err(MetricError::MixedGroup {
                name,
                fake: 1,
                real: 1
            })
        );
        let error = GroupScore::of(&[0.1, 0.2], &[true, false], &["x"], 0.5);
        assert_eq!(error, Err(MetricError::Groups { labels: 2, groups: 1 }));
    }

    proptest! {
        #[test]
        fn the_order_of_items_does_not_matter(
            items in prop::collection::vec((0..9u8, 0..8usize), 2..40), turn in 0..40usize,
        ) {
            let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
            let run = |items: &[(u8, usize)]| {
                let scores: Vec<f64> = items.iter().map(|i| f64::from(i.0) / 7.0).collect();
                let labels: Vec<bool> = items.iter().map(|i| i.1 % 2 == 0).collect();
                let groups: Vec<&str> = items.iter().map(|i| names[i.1]).collect();
                GroupScore::of(&scores, &labels, &groups, 0.5).map(|mut found| {
                    found.sort_by(|a, b| a.name.cmp(&b.name));
                    found
                })
            };
            let mut turned = items.clone();
            turned.rotate_left(turn % items.len());
            let found = run(&items);
            prop_assert_eq!(&found, &run(&turned));
            for group in found.unwrap_or_default() {
                let of_group = items.iter().filter(|i| names[i.1] == group.name);
                let scores: Vec<f64> = of_group.map(|i| f64::from(i.0) / 7.0).collect();
                // Sums of at most 40 numbers below 2.
                prop_assert!((group.mean - scores.iter().sum::<f64>() / scores.len() as f64).abs() < 1e-13);
                let called = scores.iter().filter(|&&s| s >= 0.5).count() as f64;
                prop_assert_eq!(group.majority, called / scores.len() as f64);
                let not_above = scores.iter().filter(|&&s| s <= group.median).count();
                let not_below = scores.iter().filter(|&&s| s >= group.median).count();
                prop_assert!(2 * not_above >= scores.len() && 2 * not_below >= scores.len());
            }
        }
    }
}
