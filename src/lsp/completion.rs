//! `textDocument/completion`: sections, keys with what they cost, values.

mod values;

use super::desk::{Desk, Document};
use super::server::{Answer, Server};
use super::spot::{Part, Spot};
use crate::emit::docs;
use crate::engine::score::tenths;
use crate::rule::{self, Risk};
use crate::text::Span;
use crate::vocab::{self, Key, KeyId, Model, Section, Status};
use gen_lsp_types::{
    CompletionItem, CompletionItemKind, CompletionItemTag, CompletionList, CompletionParams, Documentation, TextEdit,
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn answer(server: &mut Server, params: CompletionParams) -> Answer<CompletionList> {
    let at = params.text_document_position_params;
    let document = server.document(&at.text_document.uri)?;
    let offset = server.desk.encoding.offset(document.source(), at.position);
    if !document.is_unit() {
        return Ok(CompletionList::default());
    }
    let spot = Spot::of(document, offset);
    let items = match &spot.part {
        Part::Open(line) if typed(document, *line, offset).starts_with('[') => sections(server, document, *line),
        Part::Header(line) => sections(server, document, *line),
        Part::Open(line) => keys(server, document, &spot, before(document, *line, offset)),
        Part::Key { span, .. } => keys(server, document, &spot, *span),
        Part::Value { name, key, text, at, apart } => {
            let at = if *apart { text.text.len() } else { *at };
            let value = values::Asked { name, key: *key, text: &text.text, at, apart: *apart, offset };
            values::items(&server.desk, document, &value, |at| text.to_source(at))
        }
        Part::Comment(line) => rules(server, document, *line, offset),
    };
    Ok(CompletionList { items, ..CompletionList::default() })
}

/// Adds the text of a key to its item.
pub(super) fn resolve(server: &mut Server, mut item: CompletionItem) -> Answer<CompletionItem> {
    let told = item.data.as_ref().and_then(|data| {
        let key = vocab::lookup(Section::named(data.get("section")?.as_str()?)?, data.get("key")?.as_str()?)?;
        let systemd = u16::try_from(data.get("systemd")?.as_u64()?).ok()?;
        Some(docs::directive_markdown(key.key(), crate::target::Target::systemd(systemd)))
    });
    if let Some(value) = told {
        item.documentation = Some(Documentation::MarkupContent(server.markup(value)));
    }
    Ok(item)
}

/// What is typed on a line up to a place, without blanks before it.
fn typed(document: &Document, line: Span, offset: u32) -> std::borrow::Cow<'_, str> {
    document.source().text(before(document, line, offset))
}

/// The place of it.
fn before(document: &Document, line: Span, offset: u32) -> Span {
    let text = &document.source().bytes[line.start as usize..offset.max(line.start) as usize];
    let blanks = text.iter().position(|b| !matches!(b, b' ' | b'\t')).unwrap_or(text.len());
    Span { start: line.start + blanks as u32, end: offset.max(line.start) }
}

/// An item that replaces some bytes.
pub(super) fn item(desk: &Desk, document: &Document, span: Span, label: &str, text: String) -> CompletionItem {
    let range = desk.encoding.range(document.source(), span);
    CompletionItem {
        label: label.to_owned(),
        filter_text: (text != label).then(|| text.clone()),
        text_edit: Some(TextEdit { range, new_text: text }.into()),
        ..CompletionItem::default()
    }
}

fn sections(server: &Server, document: &Document, line: Span) -> Vec<CompletionItem> {
    let kind = document.kind();
    let known: BTreeSet<&str> =
        document.file.syntax().items.iter().filter_map(super::spot::name_of(&document.source().bytes)).collect();
    let fitting = [Section::Unit, kind.section(), Section::Install].into_iter().filter(|s| s.fits(kind));
    let mut all: Vec<Section> = Vec::new();
    fitting.for_each(|s| {
        if !all.contains(&s) {
            all.push(s)
        }
    });
    let of = |(n, section): (usize, &Section)| {
        let text = format!("[{}]", section.word());
        let mut item = item(&server.desk, document, line, &text, text.clone());
        item.kind = Some(CompletionItemKind::Module);
        // what is there already comes last
        item.sort_text = Some(format!("{}{n}", u8::from(known.contains(section.word()))));
        item
    };
    all.iter().enumerate().map(of).collect()
}

/// The rules behind `# unitlint: ignore[`.
fn rules(server: &Server, document: &Document, line: Span, offset: u32) -> Vec<CompletionItem> {
    let typed = typed(document, line, offset).into_owned();
    let Some((_, inside)) =
        typed.rsplit_once("ignore[").filter(|(head, i)| head.contains("unitlint:") && !i.contains(']'))
    else {
        return Vec::new();
    };
    let word = inside.rsplit([',', ' ']).next().unwrap_or_default();
    let span = Span { start: offset - word.len() as u32, end: offset };
    let Some(seen) = &document.seen else { return Vec::new() };
    let here: BTreeSet<&str> = seen.findings().map(|f| f.rule.id).collect();
    let of = |rule: &'static rule::Rule| {
        let mut item = item(&server.desk, document, span, rule.id, rule.id.to_owned());
        item.kind = Some(CompletionItemKind::Constant);
        item.detail = Some(rule.summary.to_owned());
        item.sort_text = Some(format!("{}{}", u8::from(!here.contains(rule.id)), rule.id));
        item
    };
    seen.settings.session.rules.all().filter(|r| !r.is_removed()).map(of).collect()
}

/// What a key costs, and what it is worth.
struct Worth {
    /// tenths of the exposure, by key
    costs: BTreeMap<&'static str, u32>,
    risks: BTreeMap<&'static str, Risk>,
}

impl Worth {
    fn of(document: &Document) -> Self {
        let (mut costs, mut risks) = (BTreeMap::new(), BTreeMap::new());
        if let Some(score) = document.report().and_then(|r| r.score.as_ref()) {
            for part in score.parts.iter() {
                let (Some(fix), Some(cost)) = (part.rule.fix, score.cost(part)) else { continue };
                *costs.entry(fix.key).or_default() += cost;
                let risk = risks.entry(fix.key).or_insert(part.rule.risk);
                *risk = (*risk).max(part.rule.risk);
            }
        }
        Self { costs, risks }
    }

    /// In few words.
    fn told(&self, key: &Key, model: Model) -> String {
        let mut parts = Vec::new();
        if let Some(cost) = self.costs.get(key.name()) {
            let risk = self.risks.get(key.name()).map_or(String::new(), |r| format!(" ({} risk)", r.word()));
            parts.push(format!("takes up to {} off the exposure{risk}", tenths(*cost)));
        }
        let words = key.words(model);
        if !words.is_empty() {
            parts.push(crate::emit::style::shorten(&words.join(" | "), 60).into_owned());
        } else if key.takes_boolean(model) {
            parts.push("yes | no".into());
        }
        parts.join("; ")
    }
}

/// The keys of the section that this release knows.
fn keys(server: &Server, document: &Document, spot: &Spot<'_>, span: Span) -> Vec<CompletionItem> {
    let kind = document.kind();
    let sections = match spot.known_section() {
        Some(section) if section.fits(kind) => vec![section],
        Some(_) => return Vec::new(),
        None if spot.section.is_some() => return Vec::new(),
        // nothing can stand before the first section: a section is what is missing
        None => return sections(server, document, span),
    };
    let target = document.seen.as_ref().map(|s| s.settings.target).unwrap_or_default();
    let worth = Worth::of(document);
    let bytes = &document.source().bytes;
    // whoever changes a key keeps its value
    let follows = bytes[span.end as usize..].iter().find(|b| !matches!(b, b' ' | b'\t')) == Some(&b'=');
    let present: BTreeSet<KeyId> =
        document.unit().map(|u| u.settings().iter().map(|s| s.key).collect()).unwrap_or_default();
    let mut out = Vec::new();
    for section in sections {
        for key in vocab::KEYS.iter() {
            let Some(place) = key.placement(section).filter(|p| p.known_to(target.model) && !p.legacy) else {
                continue;
            };
            let newer = place.introduced > target.systemd;
            if newer || !matches!(key.status, Status::Current | Status::Deprecated | Status::Discouraged) {
                continue;
            }
            let Some(id) = vocab::lookup(section, key.name()) else { continue };
            let text = if follows { key.name().to_owned() } else { format!("{}=", key.name()) };
            let mut item = item(&server.desk, document, span, key.name(), text);
            item.filter_text = Some(key.name().to_owned());
            item.kind = Some(CompletionItemKind::Property);
            let told = worth.told(key, target.model);
            item.detail = (!told.is_empty()).then_some(told);
            item.tags = (key.status != Status::Current).then(|| vec![CompletionItemTag::Deprecated]);
            item.data = Some(json!({ "key": key.name(), "section": section.word(), "systemd": target.systemd }));
            let cost = worth.costs.get(key.name()).copied().unwrap_or(0);
            let old = u8::from(key.status != Status::Current);
            let again = u8::from(present.contains(&id) && cost == 0);
            item.sort_text = Some(format!("{old}{again}{:03}{}", 999 - cost.min(999), key.name()));
            out.push(item);
        }
    }
    out
}
