//! A spectrum's recipe as a file holds it: every choice by name, none left to a preset.

use std::collections::BTreeMap;

use dftective_spectrum::Recipe;

/// Name and spelling of each of [`Recipe::choices`].
pub(super) type Choices = BTreeMap<String, String>;

pub(super) fn choices(recipe: &Recipe) -> Choices {
    let choices = recipe.choices().into_iter();
    choices.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The recipe with these choices, which must be all there are: what is missing would be this program's choice and not
/// the file's.
pub(super) fn recipe(choices: &Choices) -> Result<Recipe, String> {
    let mut recipe = Recipe::default();
    let names = recipe.choices().map(|(name, _)| name);
    if let Some(missing) = names.iter().find(|name| !choices.contains_key(**name)) {
        return Err(format!("its recipe does not say {missing}"));
    }
    for (name, value) in choices {
        recipe.set(name, value).map_err(|error| error.to_string())?;
    }
    Ok(recipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_choices_are_needed_and_read_as_written() {
        for name in Recipe::PRESETS {
            let mut other = Recipe::preset(name).unwrap();
            other.epsilon = 0.1 + 0.2;
            other.bins = None;
            let whole = choices(&other);
            assert_eq!(recipe(&whole), Ok(other));
            for missing in whole.keys() {
                let mut part = whole.clone();
                part.remove(missing);
                let error = recipe(&part).unwrap_err();
                assert_eq!(error, format!("its recipe does not say {missing}"));
            }
            for (key, value) in [("centre", "left"), ("colour", "red")] {
                let mut wrong = whole.clone();
                wrong.insert(key.to_owned(), value.to_owned());
                assert!(recipe(&wrong).unwrap_err().contains(key), "{key}");
            }
        }
    }
}
