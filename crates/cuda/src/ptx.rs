//! The kernels as the program carries them.

use super::shape::Shape;

/// Which kernels do a plane's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Those for powers of two, with what lies between rows and columns in single or in half precision.
    Powers { half_precision: bool },
    /// Those for planes of any size.
    Any,
}

macro_rules! ptx {
    ($($name:literal)*) => {
        [$(($name, include_str!(concat!("../ptx/", $name, ".ptx")))),*]
    };
}

/// What every size needs.
pub(super) const COMMON: &str = ptx!("common")[0].1;

const OF_LENGTHS: [(&str, &str); 22] = ptx! {
    "size_64" "size_128" "size_256" "size_512" "size_1024" "size_2048" "size_4096"
    "size_64_f16" "size_128_f16" "size_256_f16" "size_512_f16" "size_1024_f16" "size_2048_f16" "size_4096_f16"
    "any_64" "any_128" "any_256" "any_512" "any_1024" "any_2048" "any_4096" "any_8192"
};

impl Kind {
    /// The PTX of a length's kernels.
    pub fn ptx(self, shape: Shape) -> &'static str {
        let family = match self {
            Self::Powers { .. } => "size",
            Self::Any => "any",
        };
        let name = format!("{family}_{}{}", shape.length, self.suffix());
        let found = OF_LENGTHS.iter().find(|(of, _)| *of == name);
        found.map_or("", |(_, text)| text)
    }

    /// The name of a kernel of a length: `what` is rows or columns.
    pub fn kernel(self, what: &str, shape: Shape) -> String {
        let prefix = if self == Self::Any { "any_" } else { "" };
        format!("{prefix}{what}_{}{}", shape.length, self.suffix())
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Powers { half_precision: true } => "_f16",
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::shape::SIDES;
    use super::*;

    #[test]
    fn every_kernel_is_carried() {
        for side in SIDES {
            let shape = Shape::for_side(side).unwrap();
            let powers = [false, true].map(|half_precision| Kind::Powers { half_precision });
            let of_powers = powers.into_iter().filter(|_| side.is_power_of_two());
            for kind in of_powers.chain([Kind::Any]) {
                for what in ["rows", "columns"] {
                    let entry = format!(".visible .entry {}(", kind.kernel(what, shape));
                    assert!(kind.ptx(shape).contains(&entry), "{entry}");
                }
            }
        }
    }
}
