//! The crate against what others computed: published features and the files they came in, an independent implementation in NumPy, OpenCV's
//! pixels, and what scikit-learn makes of the same images.
//!
//! Tests that need the reference images look for them in `../shared/data` or `DFTECTIVE_REFERENCE_DATA`, and say
//! so when they skip. The oracle on faces also needs a Python with NumPy, SciPy and OpenCV: `python3`, or the one
//! that `DFTECTIVE_PYTHON` names.

mod detection;
mod experiments;
mod faces;
mod families_residual;
mod oracle;
mod pickles;
mod pixels;
mod planes;
mod published;
mod reference;
mod spatial;
