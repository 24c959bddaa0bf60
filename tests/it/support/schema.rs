//! The schemas that the program prints, and what conforms to them.

use std::process::Command;

use jsonschema_valid::Config;
use serde_json::Value;

/// The schema without `format: date`: the validator reads a date as a date and time, and so refuses every one. That it
/// looks like a date is left to the pattern beside it.
pub fn without_date_formats(mut schema: Value) -> Value {
    match &mut schema {
        Value::Object(keys) => {
            if keys.get("format").is_some_and(|format| format == "date") {
                assert!(keys.contains_key("pattern"), "a date without a pattern: {keys:?}");
                keys.shift_remove("format");
            }
            keys.values_mut().for_each(|value| *value = without_date_formats(value.take()));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| *value = without_date_formats(value.take())),
        _ => {}
    }
    schema
}

/// The schema that the program prints.
pub fn schema(arguments: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reslate"));
    let output = command.arg("schema").args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

pub fn conforms(schema: &Config<'_>, value: &Value) {
    if let Err(errors) = schema.validate(value) {
        let errors: Vec<String> = errors.map(|error| error.to_string()).collect();
        panic!("{}: {value}", errors.join("; "));
    }
}
