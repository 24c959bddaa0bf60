//! The pages, and the browser that shows them.

use serde_json::Value;

pub const REQUIREMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/requirements.txt");
/// Debian's.
pub const CHROMIUM: &str = "/usr/bin/chromium";

/// The data of a page.
pub fn data(html: &str) -> Value {
    let (_, rest) = html.split_once("<script type=\"application/json\" id=\"data\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}
