//! A judge of the words of JSON Schema that `docs/check.schema.json` uses; it refuses to judge by any other.

use serde_json::{Map, Value};

/// What of a value does not fit the schema, by JSON pointer.
pub(crate) fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    Judge { whole: schema }.judge(schema, value, "", &mut faults);
    faults
}

struct Judge<'a> {
    whole: &'a Value,
}

impl Judge<'_> {
    fn judge(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        for (word, says) in schema.as_object().unwrap() {
            let fits = match word.as_str() {
                "$schema" | "$defs" | "title" | "description" | "then" => true,
                "$ref" => {
                    let target = self.whole.pointer(says.as_str().unwrap().strip_prefix('#').unwrap());
                    self.judge(target.unwrap_or_else(|| panic!("no {says}")), value, at, faults);
                    true
                }
                "type" => match says {
                    Value::Array(kinds) => kinds.iter().any(|kind| is(value, kind)),
                    kind => is(value, kind),
                },
                "const" => value == says,
                "enum" => says.as_array().unwrap().contains(value),
                "minimum" => value.as_i64().is_none_or(|number| number >= says.as_i64().unwrap()),
                "pattern" => {
                    let pattern = regex_lite::Regex::new(says.as_str().unwrap()).unwrap();
                    value.as_str().is_none_or(|text| pattern.is_match(text))
                }
                "minItems" => value.as_array().is_none_or(|list| list.len() as u64 >= says.as_u64().unwrap()),
                "maxItems" => value.as_array().is_none_or(|list| list.len() as u64 <= says.as_u64().unwrap()),
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.judge(says, item, &format!("{at}/{index}"), faults);
                    }
                    true
                }
                "required" => {
                    let there = |key: &Value| value.get(key.as_str().unwrap()).is_some();
                    value.as_object().is_none() || says.as_array().unwrap().iter().all(there)
                }
                "properties" => {
                    for (key, schema) in says.as_object().unwrap() {
                        if let Some(member) = value.get(key) {
                            self.judge(schema, member, &format!("{at}/{key}"), faults);
                        }
                    }
                    true
                }
                "additionalProperties" => {
                    assert_eq!(says, &Value::Bool(false));
                    let known = schema["properties"].as_object().unwrap();
                    value
                        .as_object()
                        .is_none_or(|map: &Map<_, _>| map.keys().all(|key| known.contains_key(key)))
                }
                "oneOf" => {
                    let fits = says.as_array().unwrap().iter().filter(|schema| self.fits(schema, value));
                    fits.count() == 1
                }
                "if" => {
                    if self.fits(says, value) {
                        self.judge(&schema["then"], value, at, faults);
                    }
                    true
                }
                other => panic!("the schema says `{other}`, which this judge does not know"),
            };
            if !fits {
                faults.push(format!("{at}: {word} {says}"));
            }
        }
    }

    fn fits(&self, schema: &Value, value: &Value) -> bool {
        let mut faults = Vec::new();
        self.judge(schema, value, "", &mut faults);
        faults.is_empty()
    }
}

fn is(value: &Value, kind: &Value) -> bool {
    match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("the schema has a type `{other}`, which this judge does not know"),
    }
}
