//! The crate against what others computed: published features, an independent implementation in NumPy, OpenCV's
//! pixels, and what scikit-learn makes of the same images.
//!
//! Tests that need the reference images look for them in `../shared/data` or `DFTECTIVE_REFERENCE_DATA`, and say
//! so when they skip.

mod detection;
mod oracle;
mod pixels;
mod published;
mod reference;
