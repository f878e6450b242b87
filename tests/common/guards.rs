//! Pages with tables that name the test which holds each of their promises: `FILE.rs::TEST` between backticks.

use std::path::Path;

/// What a page names and is not there. In a checkout without the page, nothing.
#[allow(clippy::disallowed_methods, reason = "a test looks at its own sources")]
pub(crate) fn missing(page: &str) -> Vec<String> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Ok(page) = std::fs::read_to_string(top.join(page)) else { return Vec::new() };
    let cells = page.lines().filter(|l| l.starts_with('|')).flat_map(|l| l.split('`').skip(1).step_by(2));
    let is_missing = |cell: &&str| {
        let Some((file, test)) = cell.split_once(".rs::") else { return false };
        let test = test.rsplit("::").next().unwrap_or(test);
        let code = std::fs::read_to_string(top.join(format!("{file}.rs"))).unwrap_or_default();
        !code.contains(&format!("fn {test}("))
    };
    cells.filter(is_missing).map(str::to_owned).collect()
}
