import { describe, expect, test } from "vitest";
import { exactKey } from "./issueKey";
import {
  hasFilters,
  issueFilter,
  issueOrder,
  nextOrder,
  none,
  parseIssueSearch,
} from "./issueSearch";

describe("the address of the issues", () => {
  test("is read into typed filters, and nonsense is left out", () => {
    const search = parseIssueSearch({
      q: "timeout",
      projects: "OPS",
      categories: ["DONE", "LATER"],
      sort: "SIZE",
      created: "2026-11-16..2026-11-22",
      resolved: "yesterday",
    });
    expect(search.q).toBe("timeout");
    expect(search.projects).toEqual(["OPS"]);
    expect(search.categories).toEqual(["DONE"]);
    expect(search.sort).toBeUndefined();
    expect(search.created).toBe("2026-11-16..2026-11-22");
    expect(search.resolved).toBeUndefined();
  });

  test("holds no filter when only an issue is open", () => {
    expect(hasFilters(parseIssueSearch({ issue: "OPS-1", instance: "cloud" }))).toBe(false);
    expect(hasFilters(parseIssueSearch({ labels: "backend" }))).toBe(true);
  });
});

describe("the server's filter", () => {
  test("is null without filters", () => {
    expect(issueFilter({})).toBeNull();
  });

  test("joins the filters with AND", () => {
    expect(issueFilter({ projects: ["OPS"], categories: ["TODO"] })).toEqual({
      and: [{ project: { in: ["OPS"] } }, { statusCategory: ["TODO"] }],
    });
  });

  test("asks for issues without a value, alone and beside named ones", () => {
    expect(issueFilter({ assignees: [none] })).toEqual({ assignee: { isNull: true } });
    expect(issueFilter({ assignees: ["Ada", none] })).toEqual({
      or: [{ assignee: { in: ["Ada"] } }, { assignee: { isNull: true } }],
    });
  });

  test("leaves out the filter whose values are being counted", () => {
    expect(issueFilter({ projects: ["OPS"], types: ["Bug"] }, "types")).toEqual({
      project: { in: ["OPS"] },
    });
  });

  test("takes days from the first midnight to the one after the last", () => {
    const filter = issueFilter({ created: "2026-11-16..2026-11-22" });
    expect(filter?.created).toEqual({
      gte: new Date(2026, 10, 16).toISOString(),
      lt: new Date(2026, 10, 23).toISOString(),
    });
  });
});

describe("the order", () => {
  test("is by newest update unless the address says otherwise", () => {
    expect(issueOrder({})).toEqual({ by: "UPDATED", direction: "DESC" });
    expect(issueOrder({ sort: "KEY" })).toEqual({ by: "KEY", direction: "ASC" });
  });

  test("turns round when its header is clicked again", () => {
    const first = nextOrder({}, "SUMMARY");
    expect(issueOrder(first).direction).toBe("ASC");
    expect(issueOrder(nextOrder(first, "SUMMARY")).direction).toBe("DESC");
  });
});

test.each([
  ["ops-42", "OPS-42"],
  [" WEB_2-7 ", "WEB_2-7"],
  ["timeout", null],
  ["OPS-", null],
  ["OPS-42 timeout", null],
])("%j is the key %j", (text, key) => {
  expect(exactKey(text)).toBe(key);
});
