//! NDJSON in which an object has a key twice: its reader would take the last value without a word.

use std::io::{self, Read};

use crate::error::{Error, PullError};

/// What messages call the format.
pub const JSON: &str = "NDJSON";

/// Reads through to `inner` and fails where an object has one of the wanted keys twice. Objects within objects are none of
/// its business, and what is no JSON is its reader's to refuse.
pub struct KeysOnce<R> {
    inner: R,
    keys: Vec<String>,
    label: String,
    /// Which of the keys the object has so far.
    seen: Vec<bool>,
    /// How many objects and arrays are open.
    depth: usize,
    row: usize,
    at: At,
    /// The text of the key that is read, as it is written.
    key: Vec<u8>,
    /// How long a wanted one may be.
    longest: usize,
}

/// A character's escape (\u0061) in bytes.
const ESCAPED: usize = 6;

/// Where in an object the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// In front of a key, or of the end.
    Key,
    Value,
    Text {
        is_key: bool,
        is_escaped: bool,
    },
}

impl<R> KeysOnce<R> {
    pub fn new(inner: R, keys: Vec<String>, label: &str) -> KeysOnce<R> {
        let (seen, longest) = (vec![false; keys.len()], keys.iter().map(String::len).max().unwrap_or_default());
        let (label, longest) = (label.to_owned(), ESCAPED * longest);
        KeysOnce { inner, keys, label, seen, depth: 0, row: 0, at: At::Value, key: Vec::new(), longest }
    }

    fn take(&mut self, byte: u8) -> Result<(), Error> {
        match (self.at, byte) {
            (At::Text { is_key, is_escaped: true }, _) => {
                self.add(is_key, byte);
                self.at = At::Text { is_key, is_escaped: false };
            }
            (At::Text { is_key, .. }, b'\\') => {
                self.add(is_key, byte);
                self.at = At::Text { is_key, is_escaped: true };
            }
            (At::Text { is_key, .. }, b'"') => {
                self.at = At::Value;
                return if is_key { self.ensure_key_is_new() } else { Ok(()) };
            }
            (At::Text { is_key, .. }, _) => self.add(is_key, byte),
            (at, b'"') => {
                self.key.clear();
                self.at = At::Text { is_key: at == At::Key, is_escaped: false };
            }
            (_, b'{') if self.depth == 0 => {
                (self.depth, self.at) = (1, At::Key);
                self.row += 1;
                self.seen.fill(false);
            }
            (_, b'{' | b'[') => self.depth += 1,
            (_, b'}' | b']') => self.depth = self.depth.saturating_sub(1),
            (_, b',') if self.depth == 1 => self.at = At::Key,
            _ => {}
        }
        Ok(())
    }

    /// Keys that are longer than any wanted one, each byte of it escaped, need not be known.
    fn add(&mut self, is_key: bool, byte: u8) {
        if is_key && self.key.len() <= self.longest {
            self.key.push(byte);
        }
    }

    fn ensure_key_is_new(&mut self) -> Result<(), Error> {
        let quoted = [b"\"", self.key.as_slice(), b"\""].concat();
        let Ok(key) = serde_json::from_slice::<String>(&quoted) else { return Ok(()) };
        let Some(at) = self.keys.iter().position(|wanted| *wanted == key) else { return Ok(()) };
        if std::mem::replace(&mut self.seen[at], true) {
            let reason = format!("row {} has the key '{key}' twice", self.row);
            return Err(PullError::BadExport { file: self.label.clone(), format: JSON, reason: reason.into() }.into());
        }
        Ok(())
    }
}

impl<R: Read> Read for KeysOnce<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        into[..count].iter().try_for_each(|byte| self.take(*byte)).map_err(io::Error::other)?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<usize, String> {
        let keys = ["points", "game_id"].map(str::to_owned).to_vec();
        let mut reader = KeysOnce::new(text.as_bytes(), keys, "x.ndjson");
        let mut read = Vec::new();
        reader.read_to_end(&mut read).map_err(|error| error.to_string())
    }

    #[test]
    fn a_key_twice_is_refused_with_its_row() {
        let error = read("{\"points\": 1}\n{\"points\": 2, \"game_id\": \"a\", \"points\": 3}\n").unwrap_err();
        assert!(error.contains("row 2 has the key 'points' twice"), "{error}");
        assert!(read("{\"game_id\": \"{\", \"ga\\u006de_id\": 1}").unwrap_err().contains("'game_id' twice"));
    }

    #[test]
    fn keys_within_values_and_texts_that_look_like_them_are_none() {
        let sound = r#"{"points": "points", "x": {"points": 1, "y": ["points", {"points": 2}]}, "z": 1, "z": 2,
            "game_id": "a \" , \"points\": "}
            {"points": [], "game_id": null}"#;
        assert_eq!(read(sound), Ok(sound.len()));
        assert_eq!(read("]}{,\"points\" \"points\""), Ok(21));
    }
}
