/// Numbers for group names, as splits and resampling take them; an item without a group is one of its own. `None`
/// where no item has a group.
pub fn group_numbers(groups: &[Option<String>]) -> Option<Vec<usize>> {
    if groups.iter().all(Option::is_none) {
        return None;
    }
    let mut numbers = std::collections::HashMap::new();
    let mut next = 0..;
    Some(
        groups
            .iter()
            .filter_map(|group| match group {
                Some(name) => match numbers.get(name.as_str()) {
                    Some(&number) => Some(number),
                    None => next.next().inspect(|&number| {
                        numbers.insert(name.as_str(), number);
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
        let groups = [Some("b"), None, Some("a"), Some("b"), None].map(|name| name.map(str::to_owned));
        assert_eq!(group_numbers(&groups), Some(vec![0, 1, 2, 0, 3]));
        assert_eq!(group_numbers(&[None, None]), None);
        assert_eq!(group_numbers(&[]), None);
    }
}
