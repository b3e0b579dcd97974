//! Feature vectors to margins, and margins to probabilities.
