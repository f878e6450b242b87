//! A JSON value a line: first the head, then units, findings and the counts. Lines of several runs can be put together.

use super::Run;
use crate::emit::check::{finding, for_whom};
use crate::emit::json::Json;
use std::io::{self, Write};

/// Writes the report.
///
/// # Errors
/// Of the writer.
pub fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut json = begin(out, "run");
    json.key("unitlint").string(env!("CARGO_PKG_VERSION")).key("schema").number(crate::emit::SCHEMA);
    for_whom(&mut json, run.target);
    end(json)?;
    for unit in run.units {
        let mut json = begin(out, "unit");
        json.key("name").string(&unit.name).key("path").path(&unit.path).key("scope").string(unit.scope.word());
        for (key, value) in [("exposure", unit.exposure), ("resources", unit.resources)] {
            match value {
                Some(tenths) => json.key(key).tenths(tenths),
                None => json.key(key).null(),
            };
        }
        end(json)?;
    }
    for f in run.findings {
        let mut json = begin(out, "finding");
        json.key("finding");
        finding(&mut json, f);
        end(json)?;
    }
    let mut json = begin(out, "summary");
    json.key("units").number(run.units.len() as i64).key("findings").number(run.findings.len() as i64);
    json.key("left_out").number(run.left_out as i64).key("suppressed").number(run.suppressed as i64);
    json.key("failures").open(b'[');
    run.failures.iter().for_each(|f| {
        json.string(f);
    });
    json.close(b']');
    end(json)?;
    out.flush()
}

fn begin<'o>(out: &'o mut dyn Write, kind: &str) -> Json<&'o mut dyn Write> {
    let mut json = Json::new(out);
    json.open(b'{').key("type").string(kind);
    json
}

fn end(mut json: Json<&mut dyn Write>) -> io::Result<()> {
    json.close(b'}');
    json.finish()
}
