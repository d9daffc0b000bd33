import { act, screen, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { connection, run, stats } from "@/test/data";
import { fail } from "@/test/fakeServer";
import { renderApp } from "@/test/renderApp";
import type { CompletedRun } from "@/live/liveState";

/** Counts by category, and one busy project: the questions that issueStats is asked here. */
function counts(todo: number) {
  return ({ groupBy }: Record<string, unknown>) => {
    const asked = JSON.stringify(groupBy);
    if (asked.includes("STATUS_CATEGORY")) {
      return stats([
        { keys: ["cloud", "TODO"], count: todo },
        { keys: ["datacenter", "DONE"], count: 1500 },
      ]);
    }
    return asked.includes("PROJECT") ? stats([{ keys: ["cloud", "OPS"], count: 4 }]) : stats();
  };
}

const answers = { issueStats: counts(10) };

describe("the overview", () => {
  test("counts the issues of each instance, and leads to them", async () => {
    await renderApp("/", answers);
    const table = await screen.findByRole("region", { name: "Issues by status category" });
    const all = within(table).getByRole("row", { name: /^All/ });
    expect(all).toHaveTextContent("1,510");
    const row = within(table).getByRole("row", { name: /^datacenter/ });
    expect(within(row).getAllByRole("link", { name: "1,500" })[0]).toHaveAttribute(
      "href",
      "/issues?instances=datacenter&categories=DONE",
    );
  });

  test("changes its counts by itself when a sync ends", async () => {
    const { server, live } = await renderApp("/", answers);
    await screen.findByText("1,510");
    server.answers["issueStats"] = counts(12);
    act(() => live.dispatch({ type: "completed", run: run() as unknown as CompletedRun }));
    expect(await screen.findByText("1,512")).toBeVisible();
  });

  test("shows what was loaded while the server is away, and catches up", async () => {
    const { server, live } = await renderApp("/", answers);
    await screen.findByText("1,510");
    server.reachable = false;
    act(() => {
      live.dispatch({ type: "socketClosed" });
      live.dispatch({ type: "answered", reached: false });
    });
    expect(await screen.findByText(/The server is away/)).toBeVisible();
    expect(screen.getByRole("link", { name: /Server away/ })).toBeVisible();
    expect(screen.getByText("1,510")).toBeVisible();
    server.reachable = true;
    server.answers["issueStats"] = counts(20);
    act(() => live.dispatch({ type: "socketOpened" }));
    expect(await screen.findByText("1,520")).toBeVisible();
    expect(screen.queryByText(/The server is away/)).not.toBeInTheDocument();
  });

  test("opens a run from its bar, and shows the same as a table", async () => {
    const { user } = await renderApp("/", {
      syncRuns: ({ where }) => connection(JSON.stringify(where).includes("lt") ? [] : [run()]),
    });
    const bar = await screen.findByRole("link", { name: /Succeeded, 12 changes/ });
    expect(bar).toHaveAttribute("href", "/sync/runs/r1");
    const strip = screen.getByRole("region", { name: "Runs of the last 24 hours" });
    await user.click(within(strip).getByRole("button", { name: "Show as table" }));
    expect(within(strip).getByRole("cell", { name: "12" })).toBeVisible();
  });

  test("says which variables to set when no Jira is configured", async () => {
    await renderApp("/", { instances: () => [] });
    expect(await screen.findByRole("heading", { name: /No Jira is configured/ })).toBeVisible();
    expect(screen.getByText("JIRA_URL_1")).toBeVisible();
    expect(screen.queryByRole("button", { name: "Sync now" })).not.toBeInTheDocument();
  });

  test("says that it could not be refreshed, and keeps what it has", async () => {
    const { server, live } = await renderApp("/", answers);
    await screen.findByText("1,510");
    server.answers["issueStats"] = () =>
      fail({ message: "Something broke.", code: "INTERNAL", requestId: "req-9" });
    act(() => live.dispatch({ type: "stale" }));
    expect(await screen.findByRole("alert")).toHaveTextContent(/could not be refreshed.*req-9/);
    expect(screen.getByText("1,510")).toBeVisible();
  });

  test("costs only its content when it fails", async () => {
    await renderApp("/", { issueStats: () => fail({ message: "Too slow.", code: "TIMEOUT" }) });
    expect(await screen.findByRole("alert")).toHaveTextContent("Too slow.");
    expect(screen.getByRole("link", { name: "Issues" })).toBeVisible();
  });
});

describe("the shell", () => {
  test("finds an issue by its key from anywhere", async () => {
    const { user, router } = await renderApp("/", answers);
    await user.type(screen.getByRole("searchbox", { name: /Search issues/ }), "ops-7{Enter}");
    expect(router.state.location.href).toBe("/issues?issue=OPS-7");
  });

  test("finds issues by words from anywhere", async () => {
    const { user, router } = await renderApp("/", answers);
    await user.type(screen.getByRole("searchbox", { name: /Search issues/ }), "slow net{Enter}");
    expect(router.state.location.href).toBe("/issues?q=slow+net");
  });

  test("asks for a run, and says when one is running already", async () => {
    const { user, server } = await renderApp("/", {
      ...answers,
      startSync: () => [run({ state: "QUEUED" })],
    });
    await screen.findByText("1,510");
    await user.click(screen.getByRole("button", { name: "Sync now" }));
    expect(await screen.findByText("Sync asked for: cloud")).toBeVisible();
    server.answers["startSync"] = () => fail({ message: "busy", code: "ALREADY_RUNNING" });
    await user.click(screen.getByRole("button", { name: "Sync now" }));
    expect(await screen.findByText("A sync is already running")).toBeVisible();
  });

  test("goes round the themes and remembers the choice", async () => {
    const { user } = await renderApp("/", answers);
    await user.click(await screen.findByRole("button", { name: /^Theme: system/ }));
    expect(document.documentElement).toHaveAttribute("data-theme", "light");
    await user.click(screen.getByRole("button", { name: /^Theme: light/ }));
    expect(localStorage.getItem("jirasync.theme")).toBe("dark");
    await user.click(screen.getByRole("button", { name: /^Theme: dark/ }));
    expect(document.documentElement).not.toHaveAttribute("data-theme");
  });
});
