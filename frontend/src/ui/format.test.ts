import { describe, expect, test } from "vitest";
import {
  formatBytes,
  formatDate,
  formatDuration,
  formatExact,
  formatNumber,
  formatRelative,
  formatSeconds,
  plural,
} from "./format";

const now = Date.parse("2026-11-24T14:00:00Z");

test("numbers have their thousands separated", () => {
  expect(formatNumber(1234567)).toBe("1,234,567");
  expect(plural(1, "issue")).toBe("1 issue");
  expect(plural(2000, "issue")).toBe("2,000 issues");
});

test("bytes are shown in the unit that is natural for them", () => {
  expect(formatBytes(900)).toBe("900 B");
  expect(formatBytes(3_488_822)).toBe("3.3 MB");
});

describe("a length of time", () => {
  test.each([
    [0, "0 s", "0 s"],
    [59, "59 s", "59 s"],
    [124, "2 min", "2 min 4 s"],
    [3600, "1 h", "1 h"],
    [5400, "1 h", "1 h 30 min"],
    [604_800, "7 d", "7 d"],
  ])("of %i s is %s, precisely %s", (seconds, rough, precise) => {
    expect(formatSeconds(seconds)).toBe(rough);
    expect(formatSeconds(seconds, true)).toBe(precise);
  });

  test("is shown in milliseconds below a second", () => {
    expect(formatDuration(840)).toBe("840 ms");
    expect(formatDuration(4200)).toBe("4.2 s");
  });
});

describe("a moment", () => {
  test.each([
    ["2026-11-24T13:59:22Z", "38 s ago"],
    ["2026-11-24T14:05:00Z", "in 5 min"],
    ["2026-11-20T14:00:00Z", "4 d ago"],
    ["2026-03-01T12:00:00Z", "1 Mar"],
    ["2025-03-01T12:00:00Z", "1 Mar 2025"],
  ])("%s reads %s", (iso, text) => {
    expect(formatRelative(iso, now)).toBe(text);
  });

  test("is exact in UTC", () => {
    expect(formatExact("2026-11-24T14:02:31Z")).toContain("24 Nov 2026, 14:02:31 UTC");
  });

  test("without a time is the same day in every zone", () => {
    expect(formatDate("2026-11-01")).toBe("1 Nov 2026");
  });
});
