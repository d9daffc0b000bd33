import { describe, expect, test } from "vitest";
import { CombinedError } from "urql";
import { draftOf } from "./draft";
import { mapping, preview } from "./testData";
import { saveState } from "./useAutosave";

const row = mapping();
const base = draftOf(row);
const fewer = { ...base, sources: [{ instance: "cloud", fieldId: "customfield_7" }] };
const ready = (over = {}) => ({ phase: "ready", data: preview(over) }) as const;

describe("a changed mapping", () => {
  test("saves itself when its dry run loses nothing", () => {
    expect(saveState(row, base, fewer, true, ready())).toEqual({ phase: "due" });
  });

  test("saves a label without a dry run, for it touches no value", () => {
    const state = saveState(row, base, { ...base, label: "Effort" }, true, { phase: "none" });
    expect(state).toEqual({ phase: "due" });
  });

  test("waits for its dry run", () => {
    const state = saveState(row, base, fewer, true, { phase: "loading", last: undefined });
    expect(state).toEqual({ phase: "checking" });
  });

  test.each([
    ["values would not convert", { failed: 4 }, "4 values would not convert"],
    ["issues would lose their value", { filled: 99 }, "1 issue would lose the value."],
  ])("asks when %s", (_why, over, reason) => {
    const state = saveState(row, base, fewer, true, ready(over));
    expect(state).toMatchObject({ phase: "asking" });
    expect(state.phase === "asking" && state.reasons.join(" ")).toContain(reason);
  });

  test("asks when its type changes, whatever the dry run says", () => {
    const state = saveState(row, base, { ...base, type: "TEXT" }, true, ready());
    expect(state).toMatchObject({ phase: "asking" });
  });

  test("does not take a look at some issues for a loss", () => {
    const some = ready({ filled: 20, examined: 30, total: 120 });
    expect(saveState(row, base, fewer, true, some)).toEqual({ phase: "due" });
  });

  test("is not saved while something is wrong with it, or its dry run failed", () => {
    expect(saveState(row, base, fewer, false, ready())).toEqual({ phase: "invalid" });
    const error = new CombinedError({ networkError: new Error("away") });
    const state = saveState(row, base, fewer, true, { phase: "failed", error });
    expect(state).toEqual({ phase: "failed", error });
  });

  test("has nothing to save when it is as it was", () => {
    expect(saveState(row, base, { ...base }, true, { phase: "none" })).toEqual({ phase: "same" });
  });
});
