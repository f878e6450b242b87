//! What is told about documents and workspaces: diagnostics when they are new, scores to who shows them.

use super::convert;
use super::server::Server;
use super::told::{self, Key};
use super::workspace::{self, Scan};
use crate::rule::Level;
use gen_lsp_types::PublishDiagnosticsParams;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::PathBuf;

impl Server {
    /// Looks at documents whose text is newer than what was found, and tells what is new.
    pub(super) fn look(&mut self) {
        if self.changed.is_empty() {
            return self.publish(&BTreeSet::new());
        }
        let mut always = BTreeSet::new();
        for uri in std::mem::take(&mut self.changed) {
            self.desk.look(&uri);
            let Some(document) = self.desk.documents.get(&uri) else { continue };
            let Some(seen) = &document.seen else { continue };
            always.insert(document.path.clone());
            let of = |path: &std::path::Path| self.desk.uri(path);
            let found = told::by_unit(seen.findings(), self.desk.encoding, &of);
            let units = seen.reports.iter().map(|r| (r.unit.path.clone(), r.unit.name.to_string()));
            let keys: BTreeSet<Key> = units.chain(found.keys().cloned()).collect();
            for key in self.keys.insert(uri, keys.clone()).unwrap_or_default() {
                if !keys.contains(&key) && !self.keys.values().any(|k| k.contains(&key)) {
                    self.told.forget(&key);
                }
            }
            let mut found = found;
            for key in keys {
                let files = found.remove(&key).unwrap_or_default();
                self.told.put(key, files);
            }
        }
        self.publish(&always);
        if self.desk.wishes.status {
            always.iter().for_each(|path| self.status(path));
        }
        for message in std::mem::take(&mut self.desk.messages) {
            self.show(gen_lsp_types::MessageType::Warning, format!("unitlint: {message}"));
        }
    }

    /// Tells what is new about files.
    pub(super) fn publish(&mut self, always: &BTreeSet<PathBuf>) {
        for (path, diagnostics) in self.told.news(always) {
            let open = self.desk.documents.values().find(|d| d.path == path);
            let (uri, version) = open.map_or_else(|| (convert::uri(&path), None), |d| (d.uri.clone(), Some(d.version)));
            self.notify("textDocument/publishDiagnostics", PublishDiagnosticsParams { uri, version, diagnostics });
        }
    }

    /// Tells the scores of the unit of a document.
    pub(super) fn status(&self, path: &std::path::Path) {
        let Some(document) = self.desk.documents.values().find(|d| d.path == path) else { return };
        let Some(report) = document.report() else { return };
        let count = |level| document.seen.iter().flat_map(|s| s.findings()).filter(|f| f.level == level).count();
        let tenths = |n: u32| f64::from(n) / 10.0;
        let params = json!({
            "uri": document.uri,
            "unit": report.unit.name.as_str(),
            "exposure": report.score.as_ref().map(|s| tenths(s.exposure)),
            "level": report.score.as_ref().map(|s| s.level()),
            "resources": report.bounds.as_ref().map(|b| tenths(b.overall)),
            "errors": count(Level::Error),
            "warnings": count(Level::Warn),
            "notes": count(Level::Note),
        });
        self.notify("unitlint/status", params);
    }

    /// Begins a look at the whole workspace, if one is due.
    pub(super) fn begin_scan(&mut self) {
        if !std::mem::take(&mut self.scan_is_due) {
            return;
        }
        self.scan += 1;
        let folders: Vec<PathBuf> = if self.desk.wishes.workspace { self.desk.folders.clone() } else { Vec::new() };
        let of = |server: &mut Self, folder: PathBuf| (server.desk.settings(&folder), folder);
        let folders = folders.into_iter().map(|folder| of(self, folder)).collect();
        let open = self.desk.documents.values().map(|d| (d.path.clone(), d.uri.clone())).collect();
        workspace::begin(self.scan, folders, self.desk.files.clone(), open, self.desk.encoding, self.tell.clone());
    }

    /// What was found in the workspace counts where no open document knows better.
    pub(super) fn scanned(&mut self, scan: Scan) {
        if scan.number != self.scan {
            return;
        }
        let open: BTreeSet<&Key> = self.keys.values().flatten().collect();
        let old: Vec<Key> =
            self.told.keys().filter(|k| !open.contains(k) && !scan.units.contains_key(k)).cloned().collect();
        let new: Vec<_> = scan.units.into_iter().filter(|(key, _)| !open.contains(key)).collect();
        old.iter().for_each(|key| self.told.forget(key));
        for (key, files) in new {
            self.told.put(key, files);
        }
        self.publish(&BTreeSet::new());
    }
}
