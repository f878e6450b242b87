//! Any bytes as a unit file: nothing is lost, what is read is what systemd's own reader would, and words know where they
//! stand, as bytes and as lines and columns.

#![no_main]

#[path = "../../tests/reader/mod.rs"]
mod reader;

use libfuzzer_sys::fuzz_target;
use unitlint::syntax;
use unitlint::text::{LineIndex, Source};

fuzz_target!(|bytes: &[u8]| {
    reader::check_syntax(bytes);
    let source = Source::new("/a.service", bytes.to_vec());
    let index = LineIndex::new(bytes);
    let lines: Vec<_> = (0..index.count()).map(|n| index.line(n, bytes)).collect();
    assert!(lines.windows(2).all(|two| two[0].end == two[1].start), "lines leave something out");
    for item in &syntax::parse(bytes).items {
        let at = source.position(item.span.start);
        assert_eq!(at.line, source.line(item.span.start));
        let line = lines[at.line as usize - 1];
        assert!(line.start <= item.span.start && (item.span.start < line.end || line.start == line.end));
        let before = &bytes[line.start as usize..item.span.start as usize];
        assert_eq!(at.column as usize - 1, before.iter().filter(|b| **b & 0xc0 != 0x80).count());
    }
});
