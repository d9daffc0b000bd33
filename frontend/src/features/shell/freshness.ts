import { formatClock, formatSeconds } from "@/ui/format";

export interface FreshnessInput {
  instances: readonly {
    name: string;
    completeAsOf: string | null;
    reachable: boolean | null;
    lastError: string | null;
  }[];
  intervalSeconds: number;
  paused: boolean;
  running: boolean;
  away: boolean;
}

export interface Freshness {
  tone: "ok" | "busy" | "warn" | "bad" | "off";
  /** A few words that stand in front of the time; empty when all is well. */
  prefix: string;
  /** "complete as of 14:02:31", or empty before the first full run. */
  asOf: string;
  /** "38 s ago". */
  age: string;
  completeAsOf: string | null;
}

/** The mirror is as complete as its stalest instance. */
export function oldestComplete(instances: FreshnessInput["instances"]): string | null {
  let oldest: string | null = null;
  for (const { completeAsOf } of instances) {
    if (completeAsOf === null) return null;
    if (oldest === null || Date.parse(completeAsOf) < Date.parse(oldest)) oldest = completeAsOf;
  }
  return oldest;
}

/** Older than this, something keeps the schedule from its work. */
export function staleAfterSeconds(intervalSeconds: number): number {
  return Math.max(3 * intervalSeconds, 300);
}

/** What the pill says of the whole mirror. What needs a person comes before what mends itself. */
export function freshness(input: FreshnessInput, now: number): Freshness {
  const completeAsOf = oldestComplete(input.instances);
  const seconds = completeAsOf === null ? 0 : Math.max(0, (now - Date.parse(completeAsOf)) / 1000);
  const says = (tone: Freshness["tone"], prefix: string): Freshness => ({
    tone,
    prefix,
    completeAsOf,
    asOf: completeAsOf === null ? "" : `complete as of ${formatClock(completeAsOf)}`,
    age: completeAsOf === null ? "" : `${formatSeconds(seconds)} ago`,
  });

  if (input.away) return says("off", "Server away");
  if (input.instances.length === 0) return says("off", "No Jira configured");
  const troubled = input.instances.find((one) => one.reachable === false || one.lastError !== null);
  if (troubled) {
    return says(
      "bad",
      `${troubled.name} ${troubled.reachable === false ? "unreachable" : "failing"}`,
    );
  }
  if (completeAsOf === null) {
    return input.running ? says("busy", "First sync running") : says("warn", "Not synced yet");
  }
  if (input.paused) return says("warn", "Paused");
  if (seconds > staleAfterSeconds(input.intervalSeconds)) return says("warn", "Late");
  return says(input.running ? "busy" : "ok", "");
}
