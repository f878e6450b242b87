/** What the commands of the server give back to be shown. */
export interface Explanation {
  readonly title: string;
  readonly markdown: string;
}

export function isExplanation(value: unknown): value is Explanation {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  const explanation = value as { [key in keyof Explanation]?: unknown };
  return typeof explanation.title === "string" && typeof explanation.markdown === "string";
}

/** The name that the preview shows; the ending makes it Markdown. */
export function documentPath(title: string): string {
  const name = title.replace(/[/\\\p{Cc}]+/gu, " ").trim();
  return `/${name === "" ? "unitlint" : name}.md`;
}

/** The directive that a line sets, as a question for an explanation. */
export function directive(line: string): string | undefined {
  const key = /^\s*([A-Za-z][\w-]*)\s*=/.exec(line)?.[1];
  return key === undefined ? undefined : `${key}=`;
}
