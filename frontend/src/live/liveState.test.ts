import { describe, expect, test } from "vitest";
import { run } from "@/test/data";
import {
  initialLiveState,
  reduceLive,
  type CompletedRun,
  type LiveEvent,
  type LiveState,
} from "./liveState";

function progress(id: string, done: number, over: object = {}): LiveEvent {
  const data = {
    phase: "FETCHING",
    done,
    expected: 100,
    issuesPerSecond: null,
    etaSeconds: null,
    message: null,
    project: null,
    run: run({ id, state: "RUNNING" }),
    ...over,
  };
  return { type: "progress", progress: data } as unknown as LiveEvent;
}

function after(...events: LiveEvent[]): LiveState {
  return events.reduce(reduceLive, { ...initialLiveState, socket: "open" });
}

const completed = (id: string): LiveEvent => ({
  type: "completed",
  run: run({ id }) as unknown as CompletedRun,
});

describe("live state", () => {
  test("keeps the latest progress of each run", () => {
    const state = after(progress("a", 1), progress("b", 5), progress("a", 2));
    expect(state.progress["a"]?.done).toBe(2);
    expect(state.progress["b"]?.done).toBe(5);
  });

  test("asks the screens again when a run begins, not with every step of it", () => {
    const begun = after(progress("a", 1));
    expect(begun.revision).toBe(1);
    expect(reduceLive(begun, progress("a", 2)).revision).toBe(1);
  });

  test("forgets the progress of a run that ended, and asks the screens again", () => {
    const state = after(progress("a", 1), completed("a"));
    expect(state.progress).toEqual({});
    expect(state.completed?.id).toBe("a");
    expect(state.revision).toBe(2);
  });

  test.each([
    ["its phase", { phase: "FINISHED" }],
    ["its state", { run: run({ id: "a", state: "CANCELLED" }) }],
  ])("ends the progress that says so by %s", (_by, over) => {
    expect(after(progress("a", 1), progress("a", 2, over)).progress).toEqual({});
  });

  test("forgets all progress after an interruption, because runs may have ended unseen", () => {
    const state = after(progress("a", 1), { type: "socketClosed" });
    expect(state.socket).toBe("closed");
    expect(state.progress["a"]?.done).toBe(1);
    const back = reduceLive(state, { type: "socketOpened" });
    expect(back).toMatchObject({ socket: "open", progress: {}, revision: state.revision + 1 });
  });

  test("does not ask twice when the page has just been opened", () => {
    expect(reduceLive(initialLiveState, { type: "socketOpened" }).revision).toBe(0);
  });

  test("stays the same object when an answer tells nothing new", () => {
    const state = after();
    expect(reduceLive(state, { type: "answered", reached: true })).toBe(state);
  });
});
