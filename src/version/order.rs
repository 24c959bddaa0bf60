//! Lists whose order means something: putting items where another list has them.

/// Puts `item`, which `list` lacks, where `order` has it: after the nearest item before it that both have, else first.
pub fn insert<T: PartialEq>(list: &mut Vec<T>, item: T, order: &[T]) {
    let before = order.iter().take_while(|other| **other != item);
    let at = before.filter_map(|other| list.iter().position(|own| own == other)).last();
    list.insert(at.map_or(0, |at| at + 1), item);
}

/// Makes `item` a member of `list` where it is one of `order`, at its place there, and none where it is not.
pub fn take_member<T: PartialEq + Clone>(list: &mut Vec<T>, item: &T, order: &[T]) {
    match (list.contains(item), order.contains(item)) {
        (true, false) => list.retain(|own| own != item),
        (false, true) => insert(list, item.clone(), order),
        _ => {}
    }
}

/// The items that both lists have, in the order of `list`.
pub fn common<'a, T: PartialEq>(list: &'a [T], other: &[T]) -> Vec<&'a T> {
    list.iter().filter(|item| other.contains(item)).collect()
}

/// Brings the items that both lists have into the order of `order`; the others stay where they are.
pub fn arrange<T: PartialEq + Clone>(list: &mut [T], order: &[T]) {
    let mut wanted = common(order, list).into_iter().cloned().collect::<Vec<_>>().into_iter();
    for item in list.iter_mut().filter(|item| order.contains(item)) {
        if let Some(next) = wanted.next() {
            *item = next;
        }
    }
}

/// The items of both lists: those of `list` in its order, the others where `other` has them.
pub fn merge<T: PartialEq + Clone>(list: &[T], other: &[T]) -> Vec<T> {
    let mut merged = list.to_vec();
    for item in other {
        if !merged.contains(item) {
            insert(&mut merged, item.clone(), other);
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn items_go_where_the_other_list_has_them() {
        assert_eq!(merge(&['a', 'b', 'd'], &['x', 'b', 'c', 'd', 'e']), ['x', 'a', 'b', 'c', 'd', 'e']);
        let mut list = vec!['c', 'x', 'b', 'a'];
        arrange(&mut list, &['a', 'b', 'c']);
        assert_eq!(list, ['a', 'x', 'b', 'c']);
    }

    /// Some of ten letters, each once, in any order.
    fn list() -> impl Strategy<Value = Vec<char>> {
        Just(('a'..='j').collect::<Vec<_>>())
            .prop_shuffle()
            .prop_flat_map(|letters| (Just(letters), 0..=10_usize))
            .prop_map(|(mut letters, length)| {
                letters.truncate(length);
                letters
            })
    }

    proptest! {
        #[test]
        fn taking_every_member_and_the_order_in_any_sequence_takes_the_list(
            from in list(),
            to in list(),
            sequence in Just((0..=10_usize).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let mut list = from;
            for step in sequence {
                match ('a'..='j').nth(step) {
                    Some(letter) => take_member(&mut list, &letter, &to),
                    None => arrange(&mut list, &to),
                }
            }
            prop_assert_eq!(list, to);
        }
    }
}
