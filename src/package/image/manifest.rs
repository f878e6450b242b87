//! What the documents of an image say: indexes, manifests and configurations of OCI, and the list of `docker save`.

use super::super::account::Account;
use super::super::problem::{ProblemKind, shown};
use super::{DOCKER, INDEX, Store};
use serde_json::Value;

/// So many images of one layout are looked at.
const MOST_IMAGES: usize = 64;
/// Docker and containerd stop at 127.
const MOST_LAYERS: usize = 512;

/// A document that was read.
pub(super) struct Document(Value);

/// An image, by what its documents say.
pub(super) struct Image {
    /// something short that no other image of the layout has
    pub id: Box<str>,
    /// the document that describes it
    manifest: String,
    /// what it is called by who made it
    pub name: Option<Box<str>>,
    pub architecture: Option<Box<str>>,
    pub os: Option<Box<str>>,
    /// from the lowest
    pub layers: Vec<String>,
}

impl Document {
    pub(super) fn read(name: &str, text: &[u8], account: &Account<'_>) -> Option<Self> {
        match serde_json::from_slice(text) {
            Ok(value) => Some(Self(value)),
            Err(e) => {
                account.tell(ProblemKind::Damaged, Some(name.as_bytes()), format!("no JSON that can be read: {e}"));
                None
            }
        }
    }

    fn text(&self, pointer: &str) -> Option<Box<str>> {
        text(&self.0, pointer)
    }

    fn list(&self, pointer: &str) -> &[Value] {
        self.0.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }
}

fn text(value: &Value, pointer: &str) -> Option<Box<str>> {
    value.pointer(pointer).and_then(Value::as_str).filter(|t| !t.is_empty()).map(|t| shown(t.as_bytes()))
}

/// `blobs/sha256/HEX` of `sha256:HEX`; nothing that could be another path.
fn blob(digest: &str) -> Option<String> {
    let (algorithm, hex) = digest.split_once(':')?;
    let plain = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_alphanumeric());
    (plain(algorithm) && plain(hex)).then(|| format!("blobs/{algorithm}/{hex}"))
}

fn blob_of(descriptor: &Value) -> Option<String> {
    descriptor.get("digest").and_then(Value::as_str).and_then(blob)
}

/// The images of an OCI layout.
pub(super) fn of_index(store: &dyn Store, account: &Account<'_>) -> Vec<Image> {
    let mut found = Vec::new();
    match store.document(INDEX) {
        Some(index) => walk(&index, None, 0, store, account, &mut found),
        None => account.tell(ProblemKind::Incomplete, Some(INDEX.as_bytes()), "the index of the layout cannot be read"),
    }
    found
}

fn walk(
    index: &Document,
    name: Option<&str>,
    depth: usize,
    store: &dyn Store,
    account: &Account<'_>,
    found: &mut Vec<Image>,
) {
    const NAME: &str = "/annotations/org.opencontainers.image.ref.name";
    const FULL_NAME: &str = "/annotations/io.containerd.image.name";
    for descriptor in index.list("/manifests") {
        // what was said of how it was built is no image
        if descriptor.pointer("/annotations/vnd.docker.reference.type").is_some() {
            continue;
        }
        let own = text(descriptor, FULL_NAME).or_else(|| text(descriptor, NAME));
        let name = own.as_deref().or(name);
        let Some(path) = blob_of(descriptor) else {
            account.tell(ProblemKind::Damaged, None, "an index names something without a digest");
            continue;
        };
        if found.len() >= MOST_IMAGES {
            account.tell(ProblemKind::TooMany, Some(path.as_bytes()), format!("more than {MOST_IMAGES} images"));
            return;
        }
        let Some(document) = store.document(&path) else {
            account.tell(ProblemKind::Absent, Some(path.as_bytes()), "the index names it, and it is not there");
            continue;
        };
        if document.0.get("manifests").is_some() {
            if depth < account.limits.nesting {
                walk(&document, name, depth + 1, store, account, found);
            } else {
                let what = format!("an index within {} indexes", depth + 1);
                account.tell(ProblemKind::Nested, Some(path.as_bytes()), what);
            }
            continue;
        }
        if found.iter().any(|i| i.manifest == path) {
            continue;
        }
        let digest = path.rsplit('/').next().unwrap_or_default();
        let short = digest.get(..12).filter(|short| found.iter().all(|i| *i.id != **short));
        let id = short.unwrap_or(digest).into();
        let config = document.0.get("config").and_then(blob_of).and_then(|c| store.document(&c));
        let either = |key: &str| {
            let platform = text(descriptor, &format!("/platform/{key}"));
            platform.or_else(|| config.as_ref().and_then(|c| c.text(&format!("/{key}"))))
        };
        let layers = document.list("/layers").iter().map(blob_of);
        found.push(Image {
            id,
            name: name.map(Box::from),
            architecture: either("architecture"),
            os: either("os"),
            layers: layers_of(layers, &path, account),
            manifest: path,
        });
    }
}

/// The names of layers, as far as they can be told.
fn layers_of(layers: impl ExactSizeIterator<Item = Option<String>>, path: &str, account: &Account<'_>) -> Vec<String> {
    if layers.len() > MOST_LAYERS {
        let what = format!("an image with {} layers; {MOST_LAYERS} are looked at", layers.len());
        account.tell(ProblemKind::TooMany, Some(path.as_bytes()), what);
    }
    let mut out = Vec::new();
    for layer in layers.take(MOST_LAYERS) {
        match layer {
            Some(layer) => out.push(layer),
            None => account.tell(ProblemKind::Damaged, Some(path.as_bytes()), "a layer without a digest or a name"),
        }
    }
    out
}

/// The images that `docker save` wrote.
pub(super) fn of_docker(store: &dyn Store, account: &Account<'_>) -> Vec<Image> {
    let Some(list) = store.document(DOCKER) else { return Vec::new() };
    let mut found = Vec::new();
    for (i, image) in list.list("").iter().enumerate() {
        if i >= MOST_IMAGES {
            account.tell(ProblemKind::TooMany, Some(DOCKER.as_bytes()), format!("more than {MOST_IMAGES} images"));
            break;
        }
        let config = image.get("Config").and_then(Value::as_str).and_then(|c| store.document(c));
        let of_config = |key: &str| config.as_ref().and_then(|c| c.text(key));
        let layers = image.get("Layers").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let layers = layers.iter().map(|l| l.as_str().map(str::to_owned));
        found.push(Image {
            id: format!("image-{}", i + 1).into(),
            name: text(image, "/RepoTags/0"),
            architecture: of_config("/architecture"),
            os: of_config("/os"),
            layers: layers_of(layers, DOCKER, account),
            manifest: DOCKER.to_owned(),
        });
    }
    found
}
