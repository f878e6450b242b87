//! Did you mean: the nearest of some words.

/// The word with the fewest edits from `word`, if they are few for its length; of equals the first of the alphabet.
pub fn nearest<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // what all of a family share, as CAP_, says nothing about which one is meant
    let shared = word.find('_').map_or(0, |at| at + 1);
    within(word, words, ((word.len() - shared) / 3).clamp(1, 4))
}

/// The word with the fewest edits from `word`, if they are no more than `limit`.
pub fn within<'a>(word: &str, words: impl IntoIterator<Item = &'a str>, mut limit: usize) -> Option<&'a str> {
    let most = limit;
    let (known, mut rows) = (letters(word), Default::default());
    let mut best: Option<(usize, &str)> = None;
    for other in words.into_iter().filter(|w| w.len().abs_diff(word.len()) <= most) {
        // each letter that the other one lacks is an edit
        let theirs = letters(other);
        if (known & !theirs).count_ones().max((theirs & !known).count_ones()) as usize > limit {
            continue;
        }
        let Some(edits) = distance(word.as_bytes(), other.as_bytes(), limit, &mut rows) else { continue };
        let found = (edits, other);
        if best.is_none_or(|best| found < best) {
            (limit, best) = (edits, Some(found));
        }
    }
    best.map(|(_, word)| word)
}

/// Words among which slips are looked for, with the letters of each, so that most need no closer look.
#[derive(Debug)]
pub struct Slips<'a> {
    words: Vec<(&'a str, u64)>,
}

impl<'a> Slips<'a> {
    /// Among these words.
    pub fn among(words: impl Iterator<Item = &'a str>) -> Self {
        Self { words: words.map(|w| (w, letters(w))).collect() }
    }

    /// The word that is one or, for a long one, two edits away: close enough to say that it was meant.
    pub fn of(&self, word: &str) -> Option<&'a str> {
        let limit = if word.len() >= 10 { 2 } else { 1 };
        let (own, mut rows) = (letters(word), Default::default());
        // an edit brings at most one letter and takes one away
        let near = self.words.iter().filter(|(w, letters)| {
            w.len().abs_diff(word.len()) <= limit && (letters ^ own).count_ones() as usize <= 2 * limit && *w != word
        });
        let near = near.filter_map(|(w, _)| Some((distance(word.as_bytes(), w.as_bytes(), limit, &mut rows)?, *w)));
        near.min().map(|(_, w)| w)
    }
}

/// Which letters a word has, in any case.
fn letters(word: &str) -> u64 {
    word.bytes().fold(0, |set, b| set | 1 << (b.to_ascii_lowercase() % 64))
}

/// Insertions, deletions, substitutions and swaps of neighbours between two words, if there are no more than `limit`; case
/// does not matter.
fn distance(a: &[u8], b: &[u8], limit: usize, rows: &mut [Vec<usize>; 3]) -> Option<usize> {
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let (far, mut before) = (limit + 1, 0);
    rows.iter_mut().for_each(|row| row.resize(row.len().max(b.len() + 1), far));
    rows[1][..=b.len()].iter_mut().enumerate().for_each(|(j, cell)| *cell = j);
    let same = |i: usize, j: usize| a[i].eq_ignore_ascii_case(&b[j]);
    for i in 1..=a.len() {
        // a cell so far from the diagonal takes more edits than may be
        let (from, to) = (i.saturating_sub(limit).max(1), (i + limit).min(b.len()));
        rows[2][from - 1] = if from == 1 { i } else { far };
        let mut least = rows[2][from - 1];
        for j in from..=to {
            let cost = usize::from(!same(i - 1, j - 1));
            let mut best = (rows[1][j] + 1).min(rows[2][j - 1] + 1).min(rows[1][j - 1] + cost);
            if i > 1 && j > 1 && same(i - 1, j - 2) && same(i - 2, j - 1) {
                best = best.min(rows[0][j - 2] + 1);
            }
            rows[2][j] = best;
            least = least.min(best);
        }
        if to < b.len() {
            rows[2][to + 1] = far;
        }
        rows.rotate_left(1);
        // a swap reaches over one row
        if least.min(before) > limit {
            return None;
        }
        before = least;
    }
    Some(rows[1][b.len()]).filter(|found| *found <= limit)
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
        assert_eq!(nearest("ab", ["ac", "aa", "abcd"]), Some("aa"));
        assert_eq!(nearest("AF_NOPE", ["AF_ROSE", "AF_UNIX"]), None);
        assert_eq!(nearest("CAP_SYS_ADMN", ["CAP_SYS_ADMIN"]), Some("CAP_SYS_ADMIN"));
        let slips = Slips::among(["shop-database", "mysqld", "mysql"].into_iter());
        assert_eq!(
            (slips.of("shop-databse"), slips.of("msqld"), slips.of("maria")),
            (Some("shop-database"), Some("mysqld"), None)
        );
        let distance = |a: &str, b: &str| distance(a.as_bytes(), b.as_bytes(), 9, &mut Default::default());
        assert_eq!((distance("abc", "ACB"), distance("", "ab"), distance("same", "same")), (Some(1), Some(2), Some(0)));
    }

    /// A limit leaves out what is beyond it, and nothing else.
    #[test]
    fn limits_only_cut_off() {
        let word = |n: usize| (0..n % 7).map(|i| if n >> i & 1 == 0 { 'a' } else { 'b' }).collect::<String>();
        let words: Vec<String> = (0..300).map(word).collect();
        let mut rows = Default::default();
        for (a, b) in words.iter().flat_map(|a| words.iter().map(move |b| (a.as_bytes(), b.as_bytes()))) {
            let all = distance(a, b, 12, &mut rows);
            for limit in 0..4 {
                assert_eq!(distance(a, b, limit, &mut rows), all.filter(|d| *d <= limit), "{a:?} {b:?}");
            }
        }
    }
}
