//! Colour and safe text for terminals. Nothing from a file reaches the terminal with a control character in it.

use crate::text::steers;
use anstyle::{AnsiColor, Style};
use std::borrow::Cow;
use std::fmt::{self, Display};

/// Whether and how to colour.
#[derive(Clone, Copy, Debug, Default)]
pub struct Paint {
    /// colours are wanted
    pub colour: bool,
    /// the terminal shows characters beyond ASCII
    pub unicode: bool,
    /// columns of the terminal; 0 where it is none
    pub width: usize,
}

/// What a piece of text is, and so how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// a name to be seen first
    Strong,
    /// beside the point
    Dim,
    /// good
    Good,
    /// middling
    Fair,
    /// bad
    Bad,
    /// a path or a link
    Path,
    /// something to type
    Code,
}

impl Paint {
    /// Text in its look.
    pub fn the<T: Display>(self, look: Look, text: T) -> Painted<T> {
        let style = match look {
            _ if !self.colour => Style::new(),
            Look::Strong => Style::new().bold(),
            Look::Dim => Style::new().dimmed(),
            Look::Good => AnsiColor::Green.on_default(),
            Look::Fair => AnsiColor::Yellow.on_default(),
            Look::Bad => AnsiColor::Red.on_default().bold(),
            Look::Path => AnsiColor::Cyan.on_default(),
            Look::Code => AnsiColor::Blue.on_default().bold(),
        };
        Painted { style, text }
    }

    /// The look of an exposure in tenths.
    pub fn exposure(exposure: u32) -> Look {
        match exposure {
            75.. => Look::Bad,
            50.. => Look::Fair,
            _ => Look::Good,
        }
    }

    /// One of two spellings.
    pub fn either(self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.unicode { unicode } else { ascii }
    }
}

/// Text with its style around it.
pub struct Painted<T> {
    style: Style,
    text: T,
}

impl<T: Display> Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // the width is for the text, not for the escape sequences
        write!(f, "{}", self.style.render())?;
        self.text.fmt(f)?;
        write!(f, "{}", self.style.render_reset())
    }
}

/// Text from a file or a file name, with control and direction characters made visible.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().any(steers) {
        text.chars()
            .map(|c| if steers(c) { c.escape_unicode().to_string() } else { c.to_string() })
            .collect::<String>()
            .into()
    } else {
        Cow::Borrowed(text)
    }
}

/// A path for a terminal.
pub fn path(path: &std::path::Path) -> String {
    clean(&path.to_string_lossy()).into_owned()
}

/// At most `width` characters, the rest replaced by a mark.
pub fn shorten(text: &str, width: usize) -> Cow<'_, str> {
    if text.chars().count() <= width {
        return Cow::Borrowed(text);
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…").into()
}

/// Text broken at blanks into lines of at most `width` characters, each behind `indent`.
pub fn wrap(text: &str, width: usize, indent: &str) -> String {
    let mut out = String::new();
    for paragraph in text.split("\n\n") {
        let mut column = 0;
        for word in paragraph.split_whitespace() {
            let len = word.chars().count();
            if column > 0 && column + 1 + len > width {
                out.push('\n');
                column = 0;
            }
            if column == 0 {
                out.push_str(indent);
            } else {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += len;
        }
        out.push_str("\n\n");
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_do_not_pass() {
        assert_eq!(clean("a\u{1b}[31mb\u{202e}"), "a\\u{1b}[31mb\\u{202e}");
        assert!(matches!(clean("plain ü"), Cow::Borrowed(_)));
    }

    #[test]
    fn wraps() {
        assert_eq!(wrap("aa bb cc\n\ndd", 5, "  "), "  aa bb\n  cc\n\n  dd");
    }
}
