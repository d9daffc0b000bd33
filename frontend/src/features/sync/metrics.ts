export interface Metric {
  name: string;
  value: number;
  unit: string;
}

const msPerUnit: Readonly<Record<string, number>> = {
  ms: 1,
  milliseconds: 1,
  s: 1000,
  seconds: 1000,
};

/** "fetch_seconds" is read as "Fetch". */
function label(name: string): string {
  const words = name.replace(/_(seconds|ms|milliseconds)$/, "").replaceAll(/[_.]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Durations are drawn as bars, the rest is listed. */
export function splitMetrics(metrics: readonly Metric[]) {
  const phases: { label: string; ms: number }[] = [];
  const others: { label: string; value: number; unit: string }[] = [];
  for (const { name, value, unit } of metrics) {
    const factor = msPerUnit[unit];
    if (factor === undefined) others.push({ label: label(name), value, unit });
    else phases.push({ label: label(name), ms: value * factor });
  }
  return { phases, others };
}
