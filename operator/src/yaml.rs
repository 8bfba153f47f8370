//! YAML: one way to write it.

use serde::Serialize;
use serde_json::Value;

/// Writes a document, starting with `---`. Keys of maps are sorted, so that the same value gives the same bytes.
pub fn document(value: &impl Serialize) -> anyhow::Result<String> {
    // By way of a JSON value, whose maps are sorted.
    let value: Value = serde_json::to_value(value)?;
    Ok(format!("---\n{}", text(&value)?))
}

/// Writes a value without a mark in front.
pub fn text(value: &Value) -> anyhow::Result<String> {
    // Long strings stay on one line: folding would make a changed word look like a changed paragraph.
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    Ok(serde_saphyr::to_string_with_options(value, options)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_yaml_takes_for_something_else_are_quoted() -> anyhow::Result<()> {
        let value =
            serde_json::json!({"a": "on", "b": "y", "c": "1_000", "d": "0123", "e": "1e3", "f": "null"});
        let text = document(&value)?;
        let read: Value = serde_saphyr::from_str(&text)?;
        assert_eq!(read, value, "{text}");
        for line in text.lines().skip(1) {
            assert!(line.contains('"') || line.contains('\''), "not quoted: {line}");
        }
        Ok(())
    }
}
