// Text of packages that nobody has looked at. It goes into the page as text, never as markup, and what would steer the
// reader instead of being read (controls, directions, nothing to see) is shown by its number.

const STEERS = /[\p{Cc}\p{Cs}\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** A character by its number. */
function escaped(c) {
  const code = c.codePointAt(0);
  if (c === "\n") return "\\n";
  if (c === "\t") return "\\t";
  return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
}

/** Text as one can see it; for attributes. */
function visible(text) {
  return String(text ?? "").replace(STEERS, escaped);
}

/** Text in pieces: `[what, whether it stands for a character that cannot be seen]`. */
function pieces(text) {
  const all = String(text ?? "");
  const out = [];
  let from = 0;
  for (const found of all.matchAll(STEERS)) {
    if (found.index > from) out.push([all.slice(from, found.index), false]);
    out.push([escaped(found[0]), true]);
    from = found.index + found[0].length;
  }
  if (from < all.length) out.push([all.slice(from), false]);
  return out;
}

/** Adds text to an element. */
function say(element, text) {
  for (const [what, unseen] of pieces(text)) {
    if (unseen) {
      const mark = document.createElement("span");
      mark.className = "unprintable";
      mark.title = "a character that cannot be seen, or that turns the text around";
      mark.textContent = what;
      element.append(mark);
    } else element.append(what);
  }
  return element;
}

/** An element. Attributes are texts, `on…` are listeners, false and null are left out; children are elements or texts. */
function el(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : visible(value));
  }
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    if (child instanceof Node) element.append(child);
    else say(element, child);
  }
  return element;
}

const byId = (id) => document.getElementById(id);

/** Tenths as a number with one decimal. */
function tenths(n) {
  return n === null || n === undefined ? "–" : (n / 10).toFixed(1);
}

/** A whole number with its noun. */
function count(n, noun, more = `${noun}s`) {
  return `${grouped(n)} ${n === 1 ? noun : more}`;
}

/** A whole number, in groups of three digits. */
function grouped(n) {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}
