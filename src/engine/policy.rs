//! `--security-policy`: other weights and ranges for the checks, in systemd-analyze's own JSON.

use crate::rule::Exposure;
use crate::vocab::Model;
use std::collections::BTreeMap;

/// Weights and ranges of checks by systemd's name for them.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    entries: BTreeMap<String, Entry>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    weight: Option<u64>,
    range: Option<u64>,
}

/// Larger weights and ranges would not fit into the sum of all checks.
const LIMIT: u64 = 1 << 24;

impl Policy {
    /// Reads a policy file. Unknown checks and members of a wrong type are ignored, as systemd does.
    ///
    /// # Errors
    /// A sentence for the user: broken JSON, or (since 258) no object at the top.
    pub fn parse(text: &[u8], model: Model) -> Result<Self, String> {
        let value: serde_json::Value = serde_json::from_slice(text).map_err(|e| format!("not JSON: {e}"))?;
        let Some(object) = value.as_object() else {
            return if model.number() >= 258 {
                Err("the policy is not a JSON object".into())
            } else {
                Ok(Self::default())
            };
        };
        let mut entries = BTreeMap::new();
        for (id, members) in object {
            let number = |name: &str| members.get(name).and_then(serde_json::Value::as_u64).map(|n| n.min(LIMIT));
            entries.insert(id.clone(), Entry { weight: number("weight"), range: number("range").filter(|r| *r > 0) });
        }
        Ok(Self { entries })
    }

    /// Weight and range of a check. A range below the check's own would make systemd abort; its own is used.
    pub fn weigh(&self, exposure: &Exposure) -> (u64, u64) {
        let own = (u64::from(exposure.weight), u64::from(exposure.range));
        match self.entries.get(exposure.id) {
            None => own,
            Some(e) => (e.weight.unwrap_or(own.0), e.range.unwrap_or(own.1).max(own.1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHECK: Exposure = Exposure {
        id: "PrivateNetwork",
        name: "PrivateNetwork=",
        weight: 2500,
        range: 1,
        needs_default_dependencies: false,
    };

    #[test]
    fn reads_what_systemd_reads() {
        let policy = |text: &str| Policy::parse(text.as_bytes(), Model::LATEST);
        assert_eq!(
            policy(r#"{"PrivateNetwork": {"weight": 0, "description_bad": "x"}}"#).unwrap().weigh(&CHECK),
            (0, 1)
        );
        assert_eq!(policy(r#"{"PrivateNetwork": {"weight": -3, "range": 20}}"#).unwrap().weigh(&CHECK), (2500, 20));
        assert_eq!(policy(r#"{"PrivateNetwork": 3, "Nonsense": {}}"#).unwrap().weigh(&CHECK), (2500, 1));
        assert!(policy("[]").is_err());
        assert!(Policy::parse(b"[]", Model::nearest(252)).is_ok());
        assert!(policy("{").unwrap_err().starts_with("not JSON"));
    }
}
