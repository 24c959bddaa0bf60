//! One file of a page: markup, style, programs and data, with nothing to fetch.

use serde::Serialize;

use super::Page;
use crate::error::{Error, Result};
use crate::text::visible;

const MARKUP: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");

/// What the page may do, as a Content-Security-Policy: run what is in it, show images that are in it, and ask whoever
/// served it.
pub const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; \
                          connect-src 'self'; base-uri 'none'; form-action 'none'";

/// What runs in the browser, in this order: each file sees what those before it define.
const PROGRAMS: [&str; 8] = [
    include_str!("page/echarts/echarts.min.js"),
    include_str!("page/base.js"),
    include_str!("page/chart.js"),
    include_str!("page/table.js"),
    include_str!("page/replay.js"),
    include_str!("page/compare.js"),
    include_str!("page/tune.js"),
    include_str!("page/page.js"),
];

/// What moves the page when it is served, likewise.
const LIVE: [&str; 3] =
    [include_str!("page/complete.js"), include_str!("page/editor.js"), include_str!("page/live.js")];

/// The page as one HTML file. The same page gives the same bytes.
///
/// # Errors
/// A number that JSON does not have.
pub fn html(page: &Page) -> Result<String> {
    document(page, "null", &PROGRAMS)
}

/// The page as it is served: with what can be moved, switched and written, `served` as JSON, that asks the server.
///
/// # Errors
/// A number that JSON does not have.
pub fn live_html(page: &Page, served: &impl Serialize) -> Result<String> {
    document(page, &json(served)?, &[&PROGRAMS[..], &LIVE[..]].concat())
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::Json)
}

fn document(page: &Page, served: &str, programs: &[&str]) -> Result<String> {
    let data = json(page)?;
    let programs: String =
        programs.iter().map(|program| format!("<script>\n{}\n</script>\n", program.trim())).collect();
    let parts = [
        ("{{policy}}", POLICY.to_owned()),
        ("{{title}}", escaped(&visible(page.title()))),
        ("{{style}}", STYLE.to_owned()),
        ("{{data}}", as_script(&data)),
        ("{{served}}", as_script(served)),
        ("{{programs}}", programs),
    ];
    // One after the other from the front: what is put in is not looked at again.
    let mut html = String::with_capacity(data.len() + 1_000_000);
    let mut rest = MARKUP;
    for (name, part) in parts {
        let (before, after) = rest
            .split_once(name)
            .ok_or_else(|| Error::Engine(format!("page.html has no {name} in its place").into()))?;
        html.push_str(before);
        html.push_str(&part);
        rest = after;
    }
    Ok(html + rest)
}

/// Text between tags.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// JSON inside a script element, which ends at `</script` and may be left by `<!--`.
fn as_script(json: &str) -> String {
    json.replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_cannot_end_their_element() {
        let json = as_script(r#"{"name":"</script><script>alert(1)"}"#);
        assert!(!json.contains('<'));
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["name"], "</script><script>alert(1)");
        assert_eq!(escaped("a < b & c"), "a &lt; b &amp; c");
    }

    #[test]
    fn no_program_ends_its_element() {
        assert!(PROGRAMS.iter().chain(&LIVE).all(|program| !program.to_lowercase().contains("</script")));
        assert!(!STYLE.to_lowercase().contains("</style"));
    }
}
