import { CombinedError } from "urql";
import { describe, expect, test } from "vitest";
import { issue, issueNumbers } from "@/test/data";
import { createIssueList, type IssuePage, type IssueSource, type Loaded } from "./issueList";
import type { IssueRowData } from "./issuesDocument";

const broken = new CombinedError({ networkError: new Error("gone") });

function row(number: number, over: object = {}): IssueRowData {
  return issue(number, over) as IssueRowData;
}

function page(from: number, to: number, total: number): Loaded<IssuePage> {
  return {
    data: {
      rows: issueNumbers(from, to - from + 1).map((number) => row(number)),
      endCursor: String(to),
      hasNext: to < total,
      total: from === 1 ? total : null,
    },
  };
}

/** Three pages of two, unless told otherwise. */
function source(over: Partial<IssueSource> = {}): IssueSource {
  return {
    page: (after) => Promise.resolve(page(Number(after ?? 0) + 1, Number(after ?? 0) + 2, 6)),
    visible: () => Promise.resolve({ data: { rows: [], total: 6 } }),
    ...over,
  };
}

describe("a list of issues", () => {
  test("grows page by page to its end, and keeps the total of the first page", async () => {
    const list = createIssueList(source());
    await list.load();
    expect(list.get()).toMatchObject({ phase: "ready", total: 6, hasNext: true });
    await list.loadMore();
    await list.loadMore();
    await list.loadMore();
    expect(list.get().rows.map((one) => one.key)).toEqual(
      [1, 2, 3, 4, 5, 6].map((n) => `OPS-${n}`),
    );
    expect(list.get()).toMatchObject({ hasNext: false, total: 6 });
  });

  test("does not show an issue twice that moved to a later page", async () => {
    const list = createIssueList(
      source({ page: (after) => Promise.resolve(after === null ? page(1, 2, 4) : page(2, 3, 4)) }),
    );
    await list.load();
    await list.loadMore();
    expect(list.get().rows.map((one) => one.key)).toEqual(["OPS-1", "OPS-2", "OPS-3"]);
  });

  test("keeps its rows when the next page fails, and takes another try", async () => {
    let fails = true;
    const good = source();
    const list = createIssueList(
      source({
        page: (after) =>
          after !== null && fails ? Promise.resolve({ error: broken }) : good.page(after),
      }),
    );
    await list.load();
    await list.loadMore();
    expect(list.get()).toMatchObject({ more: "failed", error: broken });
    expect(list.get().rows).toHaveLength(2);
    fails = false;
    await list.loadMore();
    expect(list.get().rows).toHaveLength(4);
  });

  test("fails only when it has nothing to show", async () => {
    let answer: Loaded<IssuePage> = { error: broken };
    const list = createIssueList(source({ page: () => Promise.resolve(answer) }));
    await list.load();
    expect(list.get()).toMatchObject({ phase: "failed", error: broken });
    answer = page(1, 2, 2);
    await list.load();
    expect(list.get().phase).toBe("ready");
    answer = { error: broken };
    await list.refresh(0, 1);
    expect(list.get()).toMatchObject({ phase: "ready" });
    expect(list.get().rows).toHaveLength(2);
  });

  test("is renewed from its first page while its top is in view", async () => {
    let first = page(1, 2, 6);
    const list = createIssueList(source({ page: () => Promise.resolve(first) }));
    await list.load();
    first = page(8, 9, 9);
    await list.refresh(0, 1);
    expect(list.get().rows.map((one) => one.key)).toEqual(["OPS-8", "OPS-9"]);
  });

  test("changes rows in place further down, and moves none", async () => {
    const changed = row(4, { summary: "Changed" });
    const list = createIssueList(
      source({ visible: () => Promise.resolve({ data: { rows: [changed], total: 7 } }) }),
    );
    await list.load();
    await list.loadMore();
    await list.refresh(2, 3);
    expect(list.get().rows.map((one) => one.key)).toEqual(["OPS-1", "OPS-2", "OPS-3", "OPS-4"]);
    expect(list.get().rows[3]?.summary).toBe("Changed");
    expect(list.get().total).toBe(7);
  });

  test("drops an answer to a question that is no longer asked", async () => {
    const answers: ((answer: Loaded<IssuePage>) => void)[] = [];
    const list = createIssueList(
      source({ page: () => new Promise((resolve) => answers.push(resolve)) }),
    );
    const slow = list.load();
    const quick = list.load();
    answers[1]?.(page(3, 4, 4));
    answers[0]?.(page(1, 2, 2));
    await Promise.all([slow, quick]);
    expect(list.get().rows.map((one) => one.key)).toEqual(["OPS-3", "OPS-4"]);
  });

  test("shows the rows of the question before until its own are here", async () => {
    const before = createIssueList(source());
    await before.load();
    const list = createIssueList(
      source({ page: () => Promise.resolve(page(5, 6, 6)) }),
      before.get(),
    );
    expect(list.get()).toMatchObject({ phase: "ready", stale: true });
    expect(list.get().rows).toHaveLength(2);
    await list.load();
    expect(list.get()).toMatchObject({ stale: false });
    expect(list.get().rows.map((one) => one.key)).toEqual(["OPS-5", "OPS-6"]);
  });
});
