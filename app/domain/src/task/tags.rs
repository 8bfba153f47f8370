//! Tags of a task.

use std::collections::BTreeSet;

use crate::invalid::{Invalid, check_text};

/// Most tags of a task.
pub const TAGS_MAX: usize = 10;
/// Longest tag, in characters.
pub const TAG_MAX: usize = 50;

/// The name of a tag as it is stored: trimmed and in lower case.
pub fn tag(field: &str, name: &str) -> Result<String, Invalid> {
    let name = name.trim().to_lowercase();
    if name.is_empty() {
        return Err(Invalid::input(field, "must have at least 1 character besides white space"));
    }
    check_text(field, &name, TAG_MAX)?;
    Ok(name)
}

/// The tags of a task: checked, sorted, each once.
pub fn tags<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Vec<String>, Invalid> {
    let mut tags = BTreeSet::new();
    for (position, name) in names.into_iter().enumerate() {
        tags.insert(tag(&format!("tags[{position}]"), name)?);
        if tags.len() > TAGS_MAX {
            let detail = format!("must have at most {TAGS_MAX} different tags");
            return Err(Invalid { field: "tags".to_owned(), code: "too_many_tags", detail });
        }
    }
    Ok(tags.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_trimmed_lower_case_sorted_and_each_once() {
        assert_eq!(tags([" Work", "home", "WORK "]), Ok(vec!["home".to_owned(), "work".to_owned()]));
    }

    #[test]
    fn an_eleventh_tag_is_refused_and_a_repeated_one_is_not_counted() {
        let names: Vec<String> = (0..11).map(|number| format!("t{number}")).collect();
        let refused = tags(names.iter().map(String::as_str)).expect_err("eleven");
        assert_eq!((refused.field.as_str(), refused.code), ("tags", "too_many_tags"));
        assert_eq!(tags(["a"; 20]), Ok(vec!["a".to_owned()]));
    }

    #[test]
    fn a_blank_long_or_unstorable_tag_is_named_by_its_position() {
        for bad in ["  ", &"x".repeat(TAG_MAX + 1), "a\0"] {
            assert_eq!(tags(["fine", bad]).expect_err("refused").field, "tags[1]");
        }
        // Lower case can be longer: the stored form counts.
        assert!(tags([&*"İ".repeat(TAG_MAX)]).is_err());
    }
}
