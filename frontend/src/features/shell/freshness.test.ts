import { describe, expect, test } from "vitest";
import { freshness, type FreshnessInput } from "./freshness";

const now = Date.parse("2026-11-24T14:03:09Z");
const at = (seconds: number) => new Date(now - seconds * 1000).toISOString();

function input(over: Partial<FreshnessInput> = {}): FreshnessInput {
  return {
    instances: [one("cloud", 38), one("datacenter", 12)],
    intervalSeconds: 120,
    paused: false,
    running: false,
    away: false,
    ...over,
  };
}

function one(name: string, age: number | null, over: object = {}) {
  return {
    name,
    completeAsOf: age === null ? null : at(age),
    reachable: true,
    lastError: null,
    ...over,
  };
}

describe("freshness", () => {
  test("is that of the stalest instance", () => {
    const state = freshness(input(), now);
    expect(state).toMatchObject({ tone: "ok", prefix: "", age: "38 s ago" });
    expect(state.completeAsOf).toBe(at(38));
  });

  test("stays readable while a run is in progress", () => {
    expect(freshness(input({ running: true }), now)).toMatchObject({
      tone: "busy",
      age: "38 s ago",
    });
  });

  test("is late when several runs should have come and did not", () => {
    const state = freshness(input({ instances: [one("cloud", 700)] }), now);
    expect(state).toMatchObject({ tone: "warn", prefix: "Late" });
  });

  test("names the instance that needs a person", () => {
    const refused = one("datacenter", 12, { reachable: false, lastError: "refused the login" });
    const state = freshness(input({ instances: [one("cloud", 38), refused] }), now);
    expect(state).toMatchObject({ tone: "bad", prefix: "datacenter unreachable" });
  });

  test("knows no time until every instance was complete once", () => {
    const instances = [one("cloud", 38), one("datacenter", null)];
    expect(freshness(input({ instances }), now)).toMatchObject({
      tone: "warn",
      prefix: "Not synced yet",
      asOf: "",
    });
    expect(freshness(input({ instances, running: true }), now).prefix).toBe("First sync running");
  });

  test("says that the schedule is paused", () => {
    expect(freshness(input({ paused: true }), now)).toMatchObject({
      tone: "warn",
      prefix: "Paused",
    });
  });

  test("keeps the last known time while the server is away", () => {
    expect(freshness(input({ away: true }), now)).toMatchObject({
      tone: "off",
      prefix: "Server away",
      age: "38 s ago",
    });
  });

  test("says that nothing is configured", () => {
    expect(freshness(input({ instances: [] }), now).prefix).toBe("No Jira configured");
  });
});
