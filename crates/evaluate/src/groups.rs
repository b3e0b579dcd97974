/// Numbers for group names, as splits and resampling take them; an item without a group is one of its own. `None`
/// where no item has a group.
pub fn group_numbers<S: AsRef<str>>(groups: &[Option<S>]) -> Option<Vec<usize>> {
    if groups.iter().all(Option::is_none) {
        return None;
    }
    let mut numbers = std::collections::HashMap::new();
    let mut next = 0..;
    Some(
        groups
            .iter()
            .filter_map(|group| match group {
                Some(name) => match numbers.get(name.as_ref()) {
                    Some(&number) => Some(number),
                    None => next.next().inspect(|&number| {
                        numbers.insert(name.as_ref(), number);
                    }),
                },
                None => next.next(),
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_numbers() {
        let groups = [Some("b"), None, Some("a"), Some("b"), None];
        assert_eq!(group_numbers(&groups), Some(vec![0, 1, 2, 0, 3]));
        assert_eq!(group_numbers(&[None::<&str>, None]), None);
        assert_eq!(group_numbers::<&str>(&[]), None);
    }
}
