//! From values to places along an axis.

/// How values are spread along an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Scale {
    Linear,
    /// By their logarithm.
    Log,
    /// By the quantile of the normal distribution, in which errors of normally spread scores lie on a straight line.
    Probit,
}

/// An axis: what it shows, from where to where, and what is written along it.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    label: String,
    scale: Scale,
    low: f64,
    high: f64,
    ticks: Vec<(f64, String)>,
}

/// About as many ticks as are read with ease.
const TICKS: f64 = 5.0;

/// Least and greatest rate of an axis by normal quantiles, which has no room for 0 and 1.
const PROBIT_ENDS: (f64, f64) = (0.001, 0.999);

impl Axis {
    /// Evenly spread from `low` to `high`; ticks at round numbers. Ends that are equal or not finite are moved apart.
    pub fn linear(label: &str, low: f64, high: f64) -> Self {
        let (low, high) = apart(low, high);
        let step = round_step((high - low) / TICKS);
        let decimals = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
        // A step of 2.5 has one decimal more than its power of ten.
        let decimals =
            decimals + usize::from(((step * 10f64.powi(decimals as i32)).fract() - 0.5).abs() < 0.01);
        let first = (low / step - 1e-9).ceil() as i64;
        let last = (high / step + 1e-9).floor() as i64;
        let ticks = (first..=last).map(|tick| {
            let value = tick as f64 * step;
            (value, minus(format!("{:.decimals$}", value + 0.0)))
        });
        Self {
            label: label.to_owned(),
            scale: Scale::Linear,
            low,
            high,
            ticks: ticks.collect(),
        }
    }

    /// As [`Self::linear`], without ticks, for places that have no unit.
    pub fn bare(label: &str, low: f64, high: f64) -> Self {
        Self {
            ticks: Vec::new(),
            ..Self::linear(label, low, high)
        }
    }

    /// As [`Self::linear`], from the first to the last tick that holds the values.
    pub fn rounded(label: &str, low: f64, high: f64) -> Self {
        let (low, high) = apart(low, high);
        let step = round_step((high - low) / TICKS);
        Self::linear(label, (low / step).floor() * step, (high / step).ceil() * step)
    }

    /// Shares from `low` to `high`, written in percent.
    pub fn percent(label: &str, low: f64, high: f64) -> Self {
        let mut axis = Self::linear(label, 100.0 * low, 100.0 * high);
        for (value, _) in &mut axis.ticks {
            *value /= 100.0;
        }
        Self { low, high, ..axis }
    }

    /// By logarithm, both ends above 0; ticks at 1, 2 and 5 times powers of ten.
    pub fn log(label: &str, low: f64, high: f64) -> Self {
        let low = if low.is_finite() && low > 0.0 { low } else { 1.0 };
        let high = if high.is_finite() && high > low {
            high
        } else {
            10.0 * low
        };
        let decades = low.log10().floor() as i32..=high.log10().ceil() as i32;
        let few = high / low > 1e3;
        let ticks = decades
            .flat_map(|decade| [1.0, 2.0, 5.0].map(|digit| (digit, digit * 10f64.powi(decade))))
            .filter(|(digit, value)| {
                (!few || *digit == 1.0) && low <= value * 1.0001 && *value <= high * 1.0001
            })
            .map(|(_, value)| (value, plain(value)));
        Self {
            label: label.to_owned(),
            scale: Scale::Log,
            low,
            high,
            ticks: ticks.collect(),
        }
    }

    /// Rates by normal quantiles, written in percent.
    pub fn probit(label: &str) -> Self {
        let ticks = [0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999];
        Self {
            label: label.to_owned(),
            scale: Scale::Probit,
            low: PROBIT_ENDS.0,
            high: PROBIT_ENDS.1,
            ticks: ticks.map(|rate| (rate, plain(100.0 * rate))).to_vec(),
        }
    }

    /// One place each for `names`, from the first at 0 to the last.
    pub fn names<'a>(label: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        let ticks: Vec<_> = names
            .into_iter()
            .enumerate()
            .map(|(place, name)| (place as f64, name.to_owned()))
            .collect();
        Self {
            label: label.to_owned(),
            scale: Scale::Linear,
            low: -0.5,
            high: ticks.len() as f64 - 0.5,
            ticks,
        }
    }

    /// What it shows.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Values with what is written at them.
    pub fn ticks(&self) -> &[(f64, String)] {
        &self.ticks
    }

    /// The ends.
    pub fn ends(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// The place of a value, 0 at the lower end and 1 at the upper one; values beyond the ends are at the ends.
    pub fn place(&self, value: f64) -> f64 {
        let value = if value.is_nan() {
            self.low
        } else {
            value.clamp(self.low, self.high)
        };
        let along: fn(f64) -> f64 = match self.scale {
            Scale::Linear => |value| value,
            Scale::Log => f64::ln,
            Scale::Probit => normal_quantile,
        };
        let (low, high) = (along(self.low), along(self.high));
        (along(value) - low) / (high - low)
    }
}

/// The ends, made fit to draw between.
fn apart(low: f64, high: f64) -> (f64, f64) {
    let (low, high) = (
        if low.is_finite() { low } else { 0.0 },
        if high.is_finite() { high } else { 1.0 },
    );
    let least = 1e-9 * low.abs().max(high.abs()).max(1e-3);
    if high - low > least {
        (low, high)
    } else {
        (low - 0.5, low + 0.5)
    }
}

/// 1, 2, 2.5 or 5 times a power of ten, at least `step`.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let digit = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .find(|digit| digit * power >= 0.999 * step);
    digit.unwrap_or(10.0) * power
}

/// The number x below which a share `p` in (0, 1) of a standard normal distribution lies.
fn normal_quantile(p: f64) -> f64 {
    // Drawings need three digits; halving an interval of 16 gives 1e-8 after 30 steps.
    let (mut low, mut high) = (-8.0, 8.0);
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        if 0.5 * libm::erfc(-middle / std::f64::consts::SQRT_2) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// With a minus sign instead of a hyphen, and none before 0.
fn minus(text: String) -> String {
    if text
        .trim_start_matches('-')
        .bytes()
        .all(|b| matches!(b, b'0' | b'.'))
    {
        return text.trim_start_matches('-').to_owned();
    }
    text.replace('-', "−")
}

/// As short as it can be, with thousands apart.
fn plain(value: f64) -> String {
    let rounded = (value * 1e6).round() / 1e6;
    let text = rounded.to_string();
    if rounded.fract() != 0.0 || rounded < 1000.0 {
        return text;
    }
    let digits: Vec<char> = text.chars().rev().collect();
    let groups: Vec<String> = digits.chunks(3).map(|group| group.iter().collect()).collect();
    groups.join(",").chars().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(axis: &Axis) -> Vec<&str> {
        axis.ticks().iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(
            written(&Axis::linear("", 0.0, 1.0)),
            ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
        );
        assert_eq!(written(&Axis::linear("", -0.3, 0.21)), ["−0.2", "0.0", "0.2"]);
        assert_eq!(
            written(&Axis::linear("", 0.0, 12.5)),
            ["0.0", "2.5", "5.0", "7.5", "10.0", "12.5"]
        );
        assert_eq!(
            written(&Axis::percent("", 0.0, 1.0)),
            ["0", "20", "40", "60", "80", "100"]
        );
        assert_eq!(
            written(&Axis::log("", 20.0, 4000.0)),
            ["20", "50", "100", "200", "500", "1,000", "2,000"]
        );
        assert_eq!(
            written(&Axis::log("", 1.0, 1e5)),
            ["1", "10", "100", "1,000", "10,000", "100,000"]
        );
        assert_eq!(
            written(&Axis::probit("")),
            ["0.1", "1", "5", "20", "50", "80", "95", "99", "99.9"]
        );
        assert_eq!(Axis::rounded("", -7.3, 12.1).ends(), (-10.0, 15.0));
    }

    #[test]
    fn places_run_from_0_to_1() {
        for axis in [
            Axis::linear("", -3.0, 7.0),
            Axis::log("", 20.0, 4000.0),
            Axis::probit(""),
            Axis::names("", ["a", "b"]),
            Axis::percent("", 0.5, 1.0),
        ] {
            let (low, high) = axis.ends();
            assert_eq!((axis.place(low), axis.place(high)), (0.0, 1.0));
            assert_eq!(
                (axis.place(f64::NEG_INFINITY), axis.place(f64::INFINITY)),
                (0.0, 1.0)
            );
            assert_eq!(axis.place(f64::NAN), 0.0);
            let places: Vec<f64> = axis.ticks().iter().map(|(value, _)| axis.place(*value)).collect();
            assert!(places.is_sorted_by(|a, b| a < b));
        }
        assert!((Axis::log("", 1.0, 100.0).place(10.0) - 0.5).abs() < 1e-12);
        assert!((Axis::probit("").place(0.5) - 0.5).abs() < 1e-8);
    }

    /// From tables of the normal distribution.
    #[test]
    fn quantiles() {
        for (p, x) in [(0.5, 0.0), (0.975, 1.959_963_985), (0.001, -3.090_232_306)] {
            assert!((normal_quantile(p) - x).abs() < 1e-8);
        }
    }

    #[test]
    fn ends_that_are_none_are_moved_apart() {
        for (low, high) in [
            (1.0, 1.0),
            (f64::NAN, 3.0),
            (2.0, f64::INFINITY),
            (5.0, -5.0),
            (1e300, 1e300),
        ] {
            for axis in [
                Axis::linear("", low, high),
                Axis::rounded("", low, high),
                Axis::log("", low, high),
            ] {
                let (low, high) = axis.ends();
                assert!(low < high || low == 1e300 - 0.5, "{axis:?}");
                assert!(axis.ticks().len() < 20, "{axis:?}");
            }
        }
    }
}
