const number = new Intl.NumberFormat("en-US");
const rate = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const shortClock = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const dayAndYear = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
});
const exactLocal = new Intl.DateTimeFormat("en-GB", {
  dateStyle: "medium",
  timeStyle: "long",
});
const exactUtc = new Intl.DateTimeFormat("en-GB", {
  dateStyle: "medium",
  timeStyle: "medium",
  timeZone: "UTC",
});

export const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** 12345 as 12,345. */
export function formatNumber(value: number): string {
  return number.format(value);
}

export function formatRate(value: number): string {
  return rate.format(value);
}

/** 1 issue, 2 issues. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

/** 38 s, 12 min, 3 h, 5 d; two units from a minute to two days where `precise`. */
export function formatSeconds(seconds: number, precise = false): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  const minutes = Math.floor(s / 60);
  if (minutes < 60) {
    return precise && s % 60 > 0 ? `${minutes} min ${s % 60} s` : `${minutes} min`;
  }
  const hours = Math.floor(minutes / 60);
  if (hours < 48) {
    return precise && minutes % 60 > 0 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  }
  return `${formatNumber(Math.floor(hours / 24))} d`;
}

/** 840 ms, 3.2 s, 2 min 4 s. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return formatSeconds(ms / 1000, true);
}

/** 3.3 MB. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${rate.format(size)} ${units[unit] ?? ""}`;
}

/** "38 s ago" and "in 5 min" up to a month, then the day. */
export function formatRelative(iso: string, now: number): string {
  const at = Date.parse(iso);
  const seconds = (now - at) / 1000;
  const distance = Math.abs(seconds);
  if (distance < 1) return "now";
  if (distance > 30 * 86_400) return formatDay(iso, now);
  return seconds >= 0 ? `${formatSeconds(seconds)} ago` : `in ${formatSeconds(-seconds)}`;
}

export function formatDay(iso: string, now: number): string {
  const date = new Date(iso);
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return sameYear ? day.format(date) : dayAndYear.format(date);
}

/** A calendar date has no zone: it is never shifted. */
export function formatDate(date: string): string {
  const [year = 0, month = 1, dayOfMonth = 1] = date.split("-").map(Number);
  return dayAndYear.format(new Date(year, month - 1, dayOfMonth));
}

/** 14:02:31 by the reader's clock. */
export function formatClock(iso: string): string {
  return clock.format(new Date(iso));
}

export function formatShortClock(ms: number): string {
  return shortClock.format(new Date(ms));
}

/** Local time with its zone, and UTC. */
export function formatExact(iso: string): string {
  const date = new Date(iso);
  const utc = `${exactUtc.format(date)} UTC`;
  return date.getTimezoneOffset() === 0 ? utc : `${exactLocal.format(date)} · ${utc}`;
}
