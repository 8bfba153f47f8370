//! Resource quantities as a manifest writes them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The grammar of Kubernetes quantities without sign, as a pattern for the schema.
const PATTERN: &str = r"^([0-9]+(\.[0-9]*)?|\.[0-9]+)(([KMGTPE]i)|[munkMGTPE]|([eE][+-]?[0-9]+))?$";

/// An amount such as `250m`, `1`, `512Mi` or `1Gi`, in the
/// [notation of Kubernetes](https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/). A
/// manifest may also write a bare number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Quantity(pub String);

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Text(String),
            Integer(i64),
            Number(f64),
        }
        Ok(Self(match Written::deserialize(deserializer)? {
            Written::Text(text) => text,
            Written::Integer(number) => number.to_string(),
            Written::Number(number) => number.to_string(),
        }))
    }
}

impl JsonSchema for Quantity {
    fn schema_name() -> Cow<'static, str> {
        "Quantity".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "pattern": PATTERN,
            "maxLength": 32,
            "x-kubernetes-int-or-string": true,
        })
    }
}

impl From<&str> for Quantity {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::Quantity;

    #[test]
    fn numbers_and_texts_are_both_quantities() {
        let read = |json| serde_json::from_str::<Quantity>(json).expect("a quantity");
        assert_eq!(read("\"250m\""), Quantity::from("250m"));
        assert_eq!(read("2"), Quantity::from("2"));
        assert_eq!(read("0.5"), Quantity::from("0.5"));
    }
}
