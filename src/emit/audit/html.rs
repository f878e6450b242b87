//! The page for a browser.

use super::record::Record;
use crate::engine::census::Census;

/// A page that needs nothing but itself.
pub fn page(records: &[Record], census: &Census, title: &str) -> String {
    format!("<!doctype html><title>{title}</title>{} {}", records.len(), census.units)
}
