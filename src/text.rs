//! Text for people: what the data have in them cannot move the cursor, hide, or pass for a line of the program's own.

use std::fmt::{self, Write as _};

/// `text` with every character made visible that is no glyph of its own: control characters (line breaks and tabs among
/// them), what starts an escape sequence, what turns the direction of writing, and what takes no room. Each is written as
/// Rust writes it, such as `\n` or `\u{202e}`; blanks, letters with their accents, and backslashes stay.
///
/// Everything that people read goes through it once it is text; the machine formats keep the data as they are. Text that
/// went through it before stays the same.
pub fn visible(text: impl fmt::Display) -> String {
    let mut visible = Visible(String::new());
    // A text takes whatever is written to it.
    _ = write!(visible, "{text}");
    visible.0
}

/// Laid out text, whose line breaks and styles are the program's own, with everything else made visible as by [`visible`].
pub fn visible_lines(text: &str) -> String {
    let mut lines = Visible(String::with_capacity(text.len()));
    let mut rest = text;
    while let Some(at) = rest.find(['\n', ESCAPE]) {
        let (before, from) = rest.split_at(at);
        lines.push(before);
        let own = if from.starts_with('\n') { 1 } else { style(from) };
        let (own, after) = from.split_at(own);
        lines.0.push_str(own);
        rest = after;
        if own.is_empty() {
            lines.push(&rest[..1]);
            rest = &rest[1..];
        }
    }
    lines.push(rest);
    lines.0
}

const ESCAPE: char = '\u{1b}';

/// How long the style is that `text` starts with (such as `ESC[1;31m`); 0: it starts with none.
fn style(text: &str) -> usize {
    let Some(codes) = text.strip_prefix("\u{1b}[") else { return 0 };
    let after = codes.trim_start_matches(|code: char| code.is_ascii_digit() || code == ';');
    if after.starts_with('m') { text.len() - after.len() + 1 } else { 0 }
}

struct Visible(String);

impl Visible {
    fn push(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                ' '..='~' => self.0.push(character),
                '\0' => self.0.push_str("\\0"),
                other if is_hidden(other) => self.0.extend(other.escape_default()),
                other => self.0.push(other),
            }
        }
    }
}

impl fmt::Write for Visible {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text);
        Ok(())
    }
}

/// What is seen as a glyph, or as nothing, by itself. Accents that join the letter before are seen.
fn is_hidden(character: char) -> bool {
    // Letters and marks by their category, but drawn as nothing (Unicode's Default_Ignorable_Code_Point).
    const DRAWN_AS_NOTHING: &[std::ops::RangeInclusive<char>] = &[
        '\u{34f}'..='\u{34f}',
        '\u{115f}'..='\u{1160}',
        '\u{17b4}'..='\u{17b5}',
        '\u{180b}'..='\u{180f}',
        '\u{3164}'..='\u{3164}',
        '\u{fe00}'..='\u{fe0f}',
        '\u{ffa0}'..='\u{ffa0}',
        '\u{e0100}'..='\u{e01ef}',
    ];
    // After a letter, so that only what cannot be printed is written otherwise.
    let mut behind = [0; 5];
    behind[0] = b'a';
    let length = 1 + character.encode_utf8(&mut behind[1..]).len();
    let is_printable = str::from_utf8(&behind[..length]).is_ok_and(|text| text.escape_debug().eq(text.chars()));
    !is_printable || DRAWN_AS_NOTHING.iter().any(|range| range.contains(&character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_glyph_is_made_visible() {
        for (text, expected) in [
            ("\u{1b}[31mred", r"\u{1b}[31mred"),
            ("\u{1b}]8;;http://x\u{7}link", r"\u{1b}]8;;http://x\u{7}link"),
            ("a\r\nb\tc", r"a\r\nb\tc"),
            ("a\0b\u{7f}c", r"a\0b\u{7f}c"),
            ("\u{80}\u{85}\u{9b}31m\u{9f}", r"\u{80}\u{85}\u{9b}31m\u{9f}"),
            ("\u{2028}\u{2029}\u{a0}\u{3000}", r"\u{2028}\u{2029}\u{a0}\u{3000}"),
            ("\u{202a}\u{202e}\u{2066}\u{2069}\u{200e}\u{61c}", r"\u{202a}\u{202e}\u{2066}\u{2069}\u{200e}\u{61c}"),
            ("\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}\u{ad}", r"\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}\u{ad}"),
            ("\u{34f}\u{115f}\u{3164}\u{fe0f}\u{e0101}\u{e0041}", r"\u{34f}\u{115f}\u{3164}\u{fe0f}\u{e0101}\u{e0041}"),
            ("\u{e000}\u{fdd0}\u{10ffff}", r"\u{e000}\u{fdd0}\u{10ffff}"),
        ] {
            assert_eq!(visible(text), expected);
        }
    }

    #[test]
    fn what_is_seen_stays() {
        for text in ["", "Nikola Jokić", "Luka Donc\u{30c}ić", "O'Neal \"Shaq\" C:\\x", "八村塁", "مرحبا", "⛹🏀 – € §"]
        {
            assert_eq!(visible(text), text);
        }
        let once = visible("a\nb\u{202e}");
        assert_eq!(visible(&once), once);
    }

    #[test]
    fn lines_and_styles_of_laid_out_text_stay() {
        let text = "\u{1b}[1m\u{1b}[38;5;9mred\u{1b}[0m\nnext\n";
        assert_eq!(visible_lines(text), text);
        assert_eq!(
            visible_lines("a\r\n\u{1b}[2Jb\u{1b}]8;;x\u{7}\u{1b}[\u{1b}[1mc\u{1b}"),
            "a\\r\n\\u{1b}[2Jb\\u{1b}]8;;x\\u{7}\\u{1b}[\u{1b}[1mc\\u{1b}"
        );
    }
}
