import { formatBytes, formatDuration, formatRate } from "@/ui/format";

export interface Metric {
  name: string;
  value: number;
  unit: string;
}

export interface Phase {
  label: string;
  /** When it began, from the beginning of the run. */
  startMs: number;
  ms: number;
}

// A run goes through these one after the other; other times are parts of them.
const sequence = ["discovering", "fetching", "reconciling"];

function label(name: string): string {
  const words = name.replaceAll(/[_.]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function text({ value, unit }: Metric): string {
  if (unit === "s") return formatDuration(value * 1000);
  if (unit === "ms") return formatDuration(value);
  if (unit === "bytes") return formatBytes(value);
  return `${formatRate(value)} ${unit}`;
}

/** The phases as they followed each other, and what else was measured. */
export function splitMetrics(metrics: readonly Metric[]) {
  const phases: Phase[] = [];
  let startMs = 0;
  for (const name of sequence) {
    const metric = metrics.find((one) => one.name === name && one.unit === "s");
    if (!metric) continue;
    const ms = metric.value * 1000;
    phases.push({ label: label(name), startMs, ms });
    startMs += ms;
  }
  const others = metrics
    .filter((metric) => !(sequence.includes(metric.name) && metric.unit === "s"))
    .map((metric) => ({ label: label(metric.name), text: text(metric) }));
  return { phases, others, totalMs: startMs };
}
