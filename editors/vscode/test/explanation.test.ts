import assert from "node:assert/strict";
import { test } from "node:test";
import { directive, documentPath, isExplanation } from "../src/explanation";

test("a document is called as its title, and cannot leave its place", () => {
  assert.equal(documentPath("private-tmp"), "/private-tmp.md");
  assert.equal(documentPath("foo@.service 9.4"), "/foo@.service 9.4.md");
  assert.equal(documentPath("../a/b\n\\c"), "/.. a b c.md");
  assert.equal(documentPath(""), "/unitlint.md");
});

test("the directive of a line", () => {
  assert.equal(directive("  PrivateTmp = yes"), "PrivateTmp=");
  assert.equal(directive("# PrivateTmp=yes"), undefined);
  assert.equal(directive("[Service]"), undefined);
});

test("what commands give back", () => {
  assert(isExplanation({ title: "a", markdown: "b" }));
  assert(!isExplanation({ title: "a" }));
  assert(!isExplanation(null));
  assert(!isExplanation("a"));
});
