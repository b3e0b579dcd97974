//! Which items to optimise next.

/// Of each side this many times as many violators as there is room for are considered, and every second is taken
/// first. Neighbours in the order are often near copies, of which one serves for both.
const STRIDE: usize = 2;

/// The active items as optimality sees them.
pub(super) struct Candidates<'a> {
    /// Kβ − y
    pub gradient: &'a [f64],
    pub beta: &'a [f64],
    pub lower: &'a [f64],
    pub upper: &'a [f64],
}

impl Candidates<'_> {
    fn may_rise(&self, k: usize) -> bool {
        self.beta[k] < self.upper[k]
    }

    fn may_fall(&self, k: usize) -> bool {
        self.beta[k] > self.lower[k]
    }

    /// The least gradient of an item that may rise and the largest of one that may fall. Their difference is the gap,
    /// m(α) − M(α) of Fan, Chen and Lin; at the optimum it is not above 0.
    pub fn extremes(&self) -> (f64, f64) {
        let mut extremes = (f64::INFINITY, f64::NEG_INFINITY);
        for (k, &g) in self.gradient.iter().enumerate() {
            if self.may_rise(k) {
                extremes.0 = extremes.0.min(g);
            }
            if self.may_fall(k) {
                extremes.1 = extremes.1.max(g);
            }
        }
        extremes
    }

    /// Items that are between their bounds or violate optimality with some other, by rising place.
    pub fn worth_keeping(&self) -> Vec<usize> {
        let (least, largest) = self.extremes();
        (0..self.gradient.len())
            .filter(|&k| match (self.may_rise(k), self.may_fall(k)) {
                (true, true) => true,
                (true, false) => self.gradient[k] <= largest,
                (false, _) => self.gradient[k] >= least,
            })
            .collect()
    }

    /// At most `size` items: `kept`, then the largest violators, rising and falling ones by turns.
    pub fn choose(&self, kept: Vec<usize>, size: usize) -> Vec<usize> {
        let (least, largest) = self.extremes();
        let mut is_chosen = vec![false; self.gradient.len()];
        let mut set = kept;
        for &k in &set {
            is_chosen[k] = true;
        }
        let others = || (0..self.gradient.len()).filter(|&k| !is_chosen[k]);
        let rising = others().filter(|&k| self.may_rise(k) && self.gradient[k] < largest);
        let falling = others().filter(|&k| self.may_fall(k) && self.gradient[k] > least);
        let room = size.saturating_sub(set.len());
        let rising = first(rising.collect(), room * STRIDE, |k| self.gradient[k]);
        let falling = first(falling.collect(), room * STRIDE, |k| -self.gradient[k]);
        let mut sides = [spread(&rising), spread(&falling)];
        let mut side = 0;
        while set.len() < size {
            let mut next = |side: usize| sides[side].find(|&k| !is_chosen[k]);
            let Some(k) = next(side).or_else(|| next(1 - side)) else {
                break;
            };
            is_chosen[k] = true;
            set.push(k);
            side = 1 - side;
        }
        set
    }
}

/// The `count` items of the least key, by rising key; equal keys by rising place.
fn first(mut items: Vec<usize>, count: usize, key: impl Fn(usize) -> f64) -> Vec<usize> {
    let order = |a: &usize, b: &usize| key(*a).total_cmp(&key(*b)).then(a.cmp(b));
    if count < items.len() {
        items.select_nth_unstable_by(count, order);
        items.truncate(count);
    }
    items.sort_unstable_by(order);
    items
}

/// Every [`STRIDE`]-th item, then those between.
fn spread(items: &[usize]) -> impl Iterator<Item = usize> {
    (0..STRIDE).flat_map(|start| items.iter().copied().skip(start).step_by(STRIDE))
}
