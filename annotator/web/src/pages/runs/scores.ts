// The numbers of an evaluation's report as rows: every number below a benchmark's name, however deep it lies. The
// headline stands first, by the measure's own name; counts follow the measures as the report gives them.

export interface Score {
  task: string;
  measure: string;
  value: number;
  note: string;
}

type Tree = Readonly<Record<string, unknown>>;
const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

function numbers(tree: Tree, prefix: string): [string, number][] {
  return Object.entries(tree).flatMap(([name, value]): [string, number][] => {
    const path = prefix ? `${prefix}.${name}` : name;
    if (typeof value === "number") return [[path, value]];
    return isTree(value) ? numbers(value, path) : [];
  });
}

export function scoresOf(report: Tree | null): Score[] {
  if (!report) return [];
  const tasks = isTree(report["benchmarks"]) ? report["benchmarks"] : report;
  return Object.entries(tasks).flatMap(([task, result]) => {
    if (!isTree(result)) return [];
    const note = typeof result["note"] === "string" ? result["note"] : "";
    const rows = numbers(result, "").filter(([measure]) => measure !== "headline.value");
    const headline = isTree(result["headline"]) ? `strict.${String(result["headline"]["name"])}` : "";
    rows.sort(([a], [b]) => Number(b === headline) - Number(a === headline));
    return rows.map(([measure, value]) => ({ task, measure, value, note }));
  });
}
