import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { cloud, config, connection, datacenter, minutesAgo, run, status } from "@/test/data";
import { fail } from "@/test/fakeServer";
import { renderApp } from "@/test/renderApp";
import type { LiveEvent } from "@/live/liveState";

const refused = run({
  id: "r2",
  state: "FAILED",
  error: "refused the login",
  instance: datacenter,
});

const progress = {
  type: "progress",
  progress: {
    phase: "FETCHING",
    done: 250,
    expected: 1000,
    issuesPerSecond: 812.4,
    etaSeconds: 4,
    message: "Jira asked to slow down",
    project: { id: "p1", key: "OPS" },
    run: run({ state: "RUNNING", finishedAt: null, instance: cloud }),
  },
} as unknown as LiveEvent;

describe("the sync screen", () => {
  test("shows a run while it runs: phase, project, speed, time left", async () => {
    const { live } = await renderApp("/sync");
    await screen.findByRole("heading", { name: "Instances" });
    act(() => live.dispatch(progress));
    const bar = screen.getByRole("progressbar", { name: "cloud: fetching" });
    expect(bar).toHaveAttribute("aria-valuenow", "25");
    expect(screen.getByText("Fetching OPS")).toBeVisible();
    expect(screen.getByText("250 / 1,000 issues · 812.4 issues/s · 4 s left")).toBeVisible();
    expect(screen.getByText("Jira asked to slow down")).toBeVisible();
  });

  test("cancels a run", async () => {
    const { live, user, server } = await renderApp("/sync", {
      cancelSync: () => run({ state: "RUNNING" }),
    });
    await screen.findByRole("heading", { name: "Instances" });
    act(() => live.dispatch(progress));
    await user.click(screen.getByRole("button", { name: "Cancel the run of cloud" }));
    expect(await screen.findByText(/ends after the page in hand/)).toBeVisible();
    expect(server.asked.find((one) => one.name === "CancelSync")?.variables).toEqual({ id: "r1" });
  });

  test("asks for a full sync of one instance", async () => {
    const { user, server } = await renderApp("/sync", {
      startSync: () => [run({ mode: "FULL", state: "QUEUED" })],
    });
    await user.click(await screen.findByRole("button", { name: "Run cloud" }));
    await user.click(await screen.findByRole("menuitem", { name: /Full sync/ }));
    await waitFor(() =>
      expect(server.asked.find((one) => one.name === "StartSync")?.variables).toEqual({
        input: { mode: "FULL", instances: ["cloud"] },
      }),
    );
  });

  test("tells what needs a person from what recovers by itself", async () => {
    const throttled = run({ id: "r3", state: "PARTIAL" });
    await renderApp("/sync", { syncStatus: () => status({ last: [throttled, refused] }) });
    expect(await screen.findByText(/^Recovers by itself/)).toBeVisible();
    expect(screen.getByText(/^Needs you/)).toBeVisible();
    expect(screen.getByText("refused the login")).toBeVisible();
  });

  test("filters the history by the address", async () => {
    const { user, router, server } = await renderApp("/sync?states=PARTIAL");
    await screen.findByRole("heading", { name: "History" });
    expect(server.asked.find((one) => one.name === "Sync")?.variables).toMatchObject({
      where: { state: ["PARTIAL"] },
    });
    await user.click(screen.getByRole("button", { name: "Failed" }));
    expect(router.state.location.search).toMatchObject({ states: ["PARTIAL", "FAILED"] });
    await user.selectOptions(screen.getByRole("combobox", { name: "Instance" }), "datacenter");
    expect(router.state.location.search).toMatchObject({ instance: "datacenter" });
  });

  test("goes on with older runs", async () => {
    const { user } = await renderApp("/sync", {
      syncRuns: ({ after }) =>
        after === undefined
          ? connection([run()], { pageInfo: { hasNextPage: true, endCursor: "c1" } })
          : connection([run({ id: "r0", triggeredBy: after === "c1" ? "cli" : "nobody" })]),
    });
    await user.click(await screen.findByRole("button", { name: "Show older runs" }));
    expect(await screen.findByText("cli")).toBeVisible();
  });

  test("keeps its navigation when it fails", async () => {
    await renderApp("/sync", { syncRuns: () => fail({ message: "No.", code: "UNAVAILABLE" }) });
    expect(await screen.findByRole("alert")).toHaveTextContent("No.");
  });
});

describe("the schedule", () => {
  test("is paused and resumed", async () => {
    const { user, server } = await renderApp("/sync", {
      updateSyncConfig: () => config({ paused: true }),
    });
    await user.click(await screen.findByRole("button", { name: "Pause schedule" }));
    expect(await screen.findByText("The schedule is paused")).toBeVisible();
    expect(server.asked.find((one) => one.name === "UpdateSyncConfig")?.variables).toEqual({
      input: { paused: true },
    });
  });

  test("takes an interval in the unit that is natural for it, within limits", async () => {
    const { user, server } = await renderApp("/sync", {
      updateSyncConfig: () => config({ intervalSeconds: 300 }),
    });
    await user.click(await screen.findByRole("button", { name: "Change settings" }));
    const field = screen.getByRole("textbox", { name: "Fetch changes every" });
    expect(field).toHaveValue("2");
    await user.clear(field);
    await user.type(field, "0.1");
    expect(field).toBeInvalid();
    expect(screen.getByRole("button", { name: "Save" })).toBeDisabled();
    await user.clear(field);
    await user.type(field, "5");
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText("Settings saved")).toBeVisible();
    expect(server.asked.find((one) => one.name === "UpdateSyncConfig")?.variables).toEqual({
      input: { intervalSeconds: 300 },
    });
  });

  test("takes how long things are kept, in days, and 0 where that means for ever", async () => {
    const { user, server } = await renderApp("/sync", {
      updateSyncConfig: () => config({ keepRunsDays: 30, rereadIntervalSeconds: 0 }),
    });
    await user.click(await screen.findByRole("button", { name: "Change settings" }));
    const set = async (label: string, shown: string, value: string) => {
      const field = screen.getByRole("textbox", { name: label });
      expect(field).toHaveValue(shown);
      await user.clear(field);
      await user.type(field, value);
    };
    await set("Keep runs and settled errors for", "90", "30");
    await set("Read everything again every", "7", "0");
    expect(screen.getByText("1 h to 365 d, or 0: never")).toBeVisible();
    await set("Keep who changed what for", "365", "1.5");
    expect(screen.getByText("Must be 1 to 3,650 whole days, or 0: for ever")).toBeVisible();
    expect(screen.getByRole("button", { name: "Save" })).toBeDisabled();
    await set("Keep who changed what for", "1.5", "4000");
    expect(screen.getByRole("button", { name: "Save" })).toBeDisabled();
    await user.clear(screen.getByRole("textbox", { name: "Keep who changed what for" }));
    await user.type(screen.getByRole("textbox", { name: "Keep who changed what for" }), "365");
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText("Settings saved")).toBeVisible();
    expect(server.asked.find((one) => one.name === "UpdateSyncConfig")?.variables).toEqual({
      input: { keepRunsDays: 30, rereadIntervalSeconds: 0 },
    });
  });

  test("shows why the server refused", async () => {
    const { user } = await renderApp("/sync", {
      updateSyncConfig: () => fail({ message: "not now", code: "CONFLICT" }),
    });
    await user.click(await screen.findByRole("button", { name: "Pause schedule" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("not now");
  });
});

describe("one run", () => {
  const failed = run({
    state: "FAILED",
    error: "jira.example.com refused the login",
    issuesFailed: 1,
    errors: connection([
      {
        id: "e1",
        at: minutesAgo(2),
        project: "OPS",
        key: "OPS-7",
        stage: "decode",
        message: "number expected",
        payload: { customfield_1: "five" },
        resolvedAt: null,
      },
    ]),
    projects: [
      {
        projectKey: "OPS",
        state: "FAILED",
        fetched: 10,
        expected: 30,
        created: 0,
        updated: 0,
        deleted: 0,
        failed: 1,
        startedAt: minutesAgo(2),
        finishedAt: minutesAgo(1),
        error: "cut off",
        project: null,
      },
    ],
    metrics: [{ name: "fetching", value: 2.7, unit: "s" }],
  });

  test("says what it did, where the time went, and what stood in its way", async () => {
    await renderApp("/sync/runs/r1", { syncRun: () => failed });
    expect(await screen.findByRole("heading", { name: "Incremental run of cloud" })).toBeVisible();
    expect(screen.getByText(/^Needs you/)).toBeVisible();
    expect(screen.getByText("jira.example.com refused the login")).toBeVisible();
    const phases = screen.getByRole("region", { name: "Phases" });
    expect(within(phases).getByText("2.7 s")).toBeVisible();
    const projects = screen.getByRole("region", { name: "Projects of the run" });
    expect(within(projects).getByRole("row", { name: /OPS Failed cut off/ })).toBeVisible();
    expect(await screen.findByText("number expected")).toBeVisible();
    expect(screen.getByText(/"customfield_1": "five"/)).toBeInTheDocument();
  });

  test("that is not kept any more says so", async () => {
    await renderApp("/sync/runs/r9", { syncRun: () => null });
    expect(await screen.findByRole("heading", { name: "There is no such run" })).toBeVisible();
  });
});
