//! A seeded generator of labelled synthetic images.
