//! Which tuples a mirrored or negated picture exchanges, and what tuples are called.

/// The classes of tuples that are equal up to reversal, and up to negation where that is asked for.
pub(crate) struct Symmetry {
    classes: Vec<u16>,
    names: Vec<String>,
}

impl Symmetry {
    /// Classes of the tuples of `order` digits to the odd base `base`, whose middle digit stands for zero. A class
    /// is named after its first tuple, and classes are in the order of those.
    pub fn new(base: usize, order: u32, negation: bool) -> Self {
        let (mut classes, mut names) = (Vec::new(), Vec::new());
        for number in 0..base.pow(order) {
            let reversed = reversed(number, base, order);
            // Negating every digit is subtracting the number from the largest.
            let negated = |number| base.pow(order) - 1 - number;
            let first = if negation {
                reversed.min(negated(number)).min(negated(reversed))
            } else {
                reversed
            };
            let class = if first < number {
                classes[first]
            } else {
                names.push(tuple_name(number, base, order));
                names.len() - 1
            };
            classes.push(class);
        }
        Self {
            classes: classes.into_iter().map(|class| class as u16).collect(),
            names,
        }
    }

    /// Adds each tuple's count times `weight` to the sum of its class.
    pub fn merge(&self, counts: &[u32], weight: f64, sums: &mut [f64]) {
        for (class, count) in self.classes.iter().zip(counts) {
            sums[usize::from(*class)] += weight * f64::from(*count);
        }
    }

    /// The name of each class.
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

/// The number of the tuple of `order` digits that reads `number` backwards.
pub(crate) fn reversed(number: usize, base: usize, order: u32) -> usize {
    (0..order).fold(0, |reversed, place| {
        reversed * base + number / base.pow(place) % base
    })
}

/// The residuals of a tuple, as `-2_0_1`.
pub(crate) fn tuple_name(number: usize, base: usize, order: u32) -> String {
    let residual = |place| (number / base.pow(place) % base) as i64 - (base / 2) as i64;
    let residuals: Vec<String> = (0..order)
        .rev()
        .map(|place| residual(place).to_string())
        .collect();
    residuals.join("_")
}
