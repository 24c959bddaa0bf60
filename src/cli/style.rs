//! The few styles the output uses; `anstream` strips them where colours are not wanted (pipes, NO_COLOR).

use anstyle::{AnsiColor, Style};

use crate::text::visible;

pub const ERROR: Style = AnsiColor::Red.on_default().bold();
pub const NOTE: Style = AnsiColor::Yellow.on_default();
pub const HEADING: Style = Style::new().bold();
pub const GOOD: Style = AnsiColor::Green.on_default();
pub const BAD: Style = AnsiColor::Red.on_default();
pub const FAINT: Style = Style::new().dimmed();

/// `text`, made visible, in `style`.
pub fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{}{}{}", style.render(), visible(text), style.render_reset())
}
