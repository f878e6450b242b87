//! Did you mean: the nearest of some words.

/// The word with the fewest edits from `word`, if they are few for its length.
pub fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // what all of a family share, as CAP_, says nothing about which one is meant
    let shared = word.find('_').map_or(0, |at| at + 1);
    within(word, words, ((word.len() - shared) / 3).clamp(1, 4))
}

/// The word with the fewest edits from `word`, if they are no more than `limit`.
pub fn within<'a>(word: &str, words: impl IntoIterator<Item = &'a str>, limit: usize) -> Option<&'a str> {
    let lower = word.to_ascii_lowercase();
    let own = letters(lower.bytes());
    let alike = |w: &str| few_edits(own, letters(w.bytes().map(|b| b.to_ascii_lowercase())), limit);
    words
        .into_iter()
        .filter(|w| w.len().abs_diff(word.len()) <= limit && alike(w))
        .map(|w| (distance(&lower, &w.to_ascii_lowercase()), w))
        .filter(|(d, _)| *d <= limit)
        .min()
        .map(|(_, w)| w)
}

/// Words among which slips are looked for, with the letters of each, so that most need no closer look.
#[derive(Debug)]
pub struct Slips<'a> {
    words: Vec<(&'a str, u64)>,
}

/// The letters and digits of a word as bits.
fn letters(word: impl Iterator<Item = u8>) -> u64 {
    word.fold(0, |bits, b| bits | 1 << (b & 63))
}

/// Whether words of these letters can be that near: an edit brings at most one letter and takes one away.
fn few_edits(a: u64, b: u64, limit: usize) -> bool {
    (a ^ b).count_ones() as usize <= 2 * limit
}

impl<'a> Slips<'a> {
    /// Among these words.
    pub fn among(words: impl Iterator<Item = &'a str>) -> Self {
        Self { words: words.map(|w| (w, letters(w.bytes()))).collect() }
    }

    /// The word that is one or, for a long one, two edits away: close enough to say that it was meant.
    pub fn of(&self, word: &str) -> Option<&'a str> {
        let limit = if word.len() >= 10 { 2 } else { 1 };
        let own = letters(word.bytes());
        let near = self.words.iter().filter(|(w, letters)| {
            w.len().abs_diff(word.len()) <= limit && few_edits(*letters, own, limit) && *w != word
        });
        near.map(|(w, _)| (distance(word, w), *w)).filter(|(d, _)| *d <= limit).min().map(|(_, w)| w)
    }
}

/// Insertions, deletions, substitutions and swaps of neighbours between two words.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut rows = [vec![0; b.len() + 1], (0..=b.len()).collect::<Vec<_>>(), vec![0; b.len() + 1]];
    for i in 1..=a.len() {
        rows[2][0] = i;
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[1][j] + 1).min(rows[2][j - 1] + 1).min(rows[1][j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[0][j - 2] + 1);
            }
            rows[2][j] = best;
        }
        rows.rotate_left(1);
    }
    rows[1][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests() {
        let words = ["PrivateTmp", "PrivateUsers", "ProtectHome"];
        assert_eq!(nearest("privatetmp", words), Some("PrivateTmp"));
        assert_eq!(nearest("PirvateTmp", words), Some("PrivateTmp"));
        assert_eq!(nearest("Nothing", words), None);
        assert_eq!(nearest("AF_NOPE", ["AF_ROSE", "AF_UNIX"]), None);
        assert_eq!(nearest("CAP_SYS_ADMN", ["CAP_SYS_ADMIN"]), Some("CAP_SYS_ADMIN"));
        let slips = Slips::among(["shop-database", "mysqld", "mysql"].into_iter());
        assert_eq!(
            (slips.of("shop-databse"), slips.of("msqld"), slips.of("maria")),
            (Some("shop-database"), Some("mysqld"), None)
        );
        assert_eq!((distance("abc", "acb"), distance("", "ab"), distance("same", "same")), (1, 2, 0));
    }
}
