//! Which bytes and pairs of bytes some texts have: nearly every word that is looked for in them can be ruled out by that.

/// The bytes and the neighbours in texts.
#[derive(Clone, Debug, Default)]
pub struct Traces {
    bytes: [u64; 4],
    /// a bit for several pairs each
    pairs: [u64; 16],
}

/// The word and the bit of a pair.
fn pair(first: u8, second: u8) -> (usize, u64) {
    let place = ((usize::from(first) * 33) ^ usize::from(second)) % 1024;
    (place / 64, 1 << (place % 64))
}

impl Traces {
    /// Takes in a text.
    pub fn add(&mut self, text: &str) {
        let mut before = None;
        for &byte in text.as_bytes() {
            self.bytes[usize::from(byte / 64)] |= 1_u64 << (byte % 64);
            if let Some(before) = before.replace(byte) {
                let (word, bit) = pair(before, byte);
                self.pairs[word] |= bit;
            }
        }
    }

    /// Whether a byte is in any of the texts.
    pub fn have(&self, byte: u8) -> bool {
        self.bytes[usize::from(byte / 64)] >> (byte % 64) & 1 != 0
    }

    /// Whether a word can be in one of them; without it, it surely is not.
    pub fn may_have(&self, word: &str) -> bool {
        let found = |pair_of: &[u8]| {
            let (word, bit) = pair(pair_of[0], pair_of[1]);
            self.pairs[word] & bit != 0
        };
        match word.as_bytes() {
            [byte] => self.have(*byte),
            bytes => bytes.windows(2).all(found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_never_ruled_out() {
        let texts = ["/bin/sh -c 'exec foo'", "", "ü", "a"];
        let mut traces = Traces::default();
        texts.iter().for_each(|text| traces.add(text));
        for text in texts {
            for (from, _) in text.char_indices() {
                for (to, c) in text[from..].char_indices() {
                    assert!(traces.may_have(&text[from..from + to + c.len_utf8()]), "{text}");
                }
            }
            assert!(text.bytes().all(|b| traces.have(b)));
        }
        assert!(!traces.may_have("bash") && !traces.may_have("sudo") && !traces.have(b'$') && traces.may_have(""));
    }
}
