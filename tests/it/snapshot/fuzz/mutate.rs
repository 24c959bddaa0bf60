//! Changed bytes, the same for the same seed.

use rand::seq::IndexedRandom as _;
use rand::{Rng as _, RngExt as _};
use rand_chacha::ChaCha8Rng;

/// What breaks readers more often than chance finds it.
const WORDS: &[&[u8]] = &[
    b"0",
    b"-1",
    b"9223372036854775807",
    b"9223372036854775808",
    b"-9223372036854775808",
    b"18446744073709551616",
    b"1e308",
    b"1e999",
    b"-0.0",
    b"0.1",
    b"79228162514264337593543950336",
    b"nan",
    b"inf",
    b"null",
    b"true",
    b"\"\"",
    b"\"",
    b"'",
    b"[",
    b"]",
    b"{",
    b"}",
    b",",
    b":",
    b";",
    b"=",
    b"%",
    b"..",
    b"/",
    b"\\",
    b"\0",
    b"\x1b[2J",
    b"\n",
    b"\r\n",
    b"\xef\xbb\xbf",
    b"\xff",
    b"\xe2\x80\xae",
    b"0000-00-00",
    b"9999-12-31",
    b"-262143-01-01",
    b"2026-02-30",
    b"2026-02-11T24:00:00Z",
];

/// The most changes of a case.
const MOST: usize = 6;

/// Longer ones are cut, so that cases stay quick.
const LONGEST: usize = 1 << 20;

/// Some changes of `sound`, which may take over pieces of `others`.
pub fn mutated(sound: &[u8], others: &[Vec<u8>], chance: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = sound.to_vec();
    for _ in 0..chance.random_range(1..=MOST) {
        change(&mut bytes, others, chance);
        bytes.truncate(LONGEST);
    }
    bytes
}

fn change(bytes: &mut Vec<u8>, others: &[Vec<u8>], chance: &mut ChaCha8Rng) {
    let at = chance.random_range(0..=bytes.len());
    let end = (at + chance.random_range(0..=32)).min(bytes.len());
    match chance.random_range(0..10) {
        0 | 1 if at < bytes.len() => bytes[at] ^= 1 << chance.random_range(0..8),
        2 if at < bytes.len() => bytes[at] = chance.random(),
        3 => drop(bytes.drain(at..end)),
        4 => {
            let word = WORDS.choose(chance).copied().unwrap_or_default();
            drop(bytes.splice(at..at, word.iter().copied()));
        }
        5 => {
            let word = WORDS.choose(chance).copied().unwrap_or_default();
            drop(bytes.splice(number(bytes, at), word.iter().copied()));
        }
        6 => {
            let piece = bytes[at..end].to_vec();
            let times = chance.random_range(1..=64);
            drop(bytes.splice(at..at, piece.repeat(times)));
        }
        7 => bytes.truncate(at),
        8 => {
            let Some(other) = others.choose(chance).filter(|other| !other.is_empty()) else { return };
            let from = chance.random_range(0..other.len());
            let to = (from + chance.random_range(0..=256)).min(other.len());
            drop(bytes.splice(at..end, other[from..to].iter().copied()));
        }
        _ => {
            let mut random = vec![0; end - at];
            chance.fill_bytes(&mut random);
            bytes[at..end].copy_from_slice(&random);
        }
    }
}

/// Where the next number, or word, after `at` is.
fn number(bytes: &[u8], at: usize) -> std::ops::Range<usize> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b".-+_".contains(byte);
    let start = bytes[at..].iter().position(is_part).map_or(bytes.len(), |found| at + found);
    let length = bytes[start..].iter().take_while(|byte| is_part(byte)).count();
    start..start + length
}
