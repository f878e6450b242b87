/** What `unitlint/status` tells of a unit. */
export interface UnitStatus {
  readonly uri: string;
  readonly unit: string;
  readonly exposure: number | null;
  readonly level: string | null;
  readonly resources: number | null;
  readonly errors: number;
  readonly warnings: number;
  readonly notes: number;
}

export function isUnitStatus(value: unknown): value is UnitStatus {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  const status = value as { [key in keyof UnitStatus]?: unknown };
  const score = (number: unknown): boolean => number === null || typeof number === "number";
  return (
    typeof status.uri === "string" &&
    typeof status.unit === "string" &&
    score(status.exposure) &&
    (status.level === null || typeof status.level === "string") &&
    score(status.resources) &&
    [status.errors, status.warnings, status.notes].every((count) => typeof count === "number")
  );
}

export function barText(status: UnitStatus): string {
  if (status.exposure !== null) {
    return `$(shield) ${status.exposure.toFixed(1)} ${status.level ?? ""}`.trimEnd();
  }
  if (status.resources !== null) {
    return `$(shield) resources ${status.resources.toFixed(1)}`;
  }
  return "$(shield) unitlint";
}

const COLOURS: { [level: string]: string } = {
  DANGEROUS: "charts.red",
  UNSAFE: "charts.red",
  EXPOSED: "charts.orange",
  MEDIUM: "charts.yellow",
  OK: "charts.green",
  SAFE: "charts.green",
  PERFECT: "charts.green",
};

/** The name of a colour that every theme has; none where there is no level. */
export function barColour(status: UnitStatus): string | undefined {
  return status.level === null ? undefined : COLOURS[status.level];
}

/** Markdown. */
export function tooltip(status: UnitStatus): string {
  const lines = [`**${escaped(status.unit)}**`];
  if (status.exposure !== null) {
    lines.push(`exposure ${status.exposure.toFixed(1)} ${escaped(status.level ?? "")}`.trimEnd());
  }
  if (status.resources !== null) {
    lines.push(`resources ${status.resources.toFixed(1)}`);
  }
  lines.push(
    [count(status.errors, "error"), count(status.warnings, "warning"), count(status.notes, "note")].join(", "),
  );
  return lines.join("\n\n");
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function escaped(text: string): string {
  return text.replace(/[\\`*_{}[\]()<>#+\-.!|~$&]/g, "\\$&");
}
