//! Whether a text has any of some words: one pass for all of them.

use super::Traces;

/// Words that are looked for, no more than 16 and each of two bytes or more.
pub struct Marks {
    words: &'static [&'static str],
    /// a bit for each word that begins with a byte
    first: [u16; 256],
    /// a bit for each word whose second byte it is
    second: [u16; 256],
}

impl Marks {
    /// For these words.
    ///
    /// # Panics
    /// Where the words do not fit: found by the compiler, as marks are constants.
    pub const fn new(words: &'static [&'static str]) -> Self {
        assert!(words.len() <= 16);
        let (mut first, mut second) = ([0; 256], [0; 256]);
        let mut i = 0;
        while i < words.len() {
            let word = words[i].as_bytes();
            first[word[0] as usize] |= 1 << i;
            second[word[1] as usize] |= 1 << i;
            i += 1;
        }
        Self { words, first, second }
    }

    /// Whether any of them can be in the texts that left these traces.
    pub fn may_be_in(&self, traces: &Traces) -> bool {
        self.words.iter().any(|word| traces.may_have(word))
    }

    /// Whether any of them is in a text.
    pub fn are_in(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        bytes.windows(2).enumerate().any(|(at, pair)| {
            let mut left = self.first[usize::from(pair[0])] & self.second[usize::from(pair[1])];
            while left != 0 {
                let word = self.words[left.trailing_zeros() as usize];
                if bytes[at..].starts_with(word.as_bytes()) {
                    return true;
                }
                left &= left - 1;
            }
            false
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_word_is_found_anywhere() {
        const WORDS: [&str; 4] = ["://", "pass", "pa", "-u"];
        static MARKS: Marks = Marks::new(&WORDS);
        for text in ["", "p", "a pass", "paste", "su -", "su -u", "http:/", "http://", "ü-ü", ":/:://", "PASS"] {
            assert_eq!(MARKS.are_in(text), WORDS.iter().any(|w| text.contains(w)), "{text}");
        }
    }
}
