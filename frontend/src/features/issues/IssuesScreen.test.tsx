import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import { mapping } from "@/features/fields/testData";
import { connection, datacenter, issue, issuesOf, run, stats } from "@/test/data";
import { fail } from "@/test/fakeServer";
import { renderApp } from "@/test/renderApp";
import type { CompletedRun } from "@/live/liveState";

const row = (name: RegExp) => screen.findByRole("row", { name });
const header = (name: string) => within(screen.getByRole("grid")).getByRole("button", { name });

describe("the list of issues", () => {
  test("shows a row for each issue and how many there are", async () => {
    await renderApp("/issues", { issues: issuesOf(1234) });
    expect(await row(/OPS-1 Summary of 1 To Do/)).toBeVisible();
    expect(screen.getByText("1,234 issues")).toBeVisible();
  });

  test("asks for what the address says", async () => {
    const { server } = await renderApp("/issues?q=late&projects=OPS&sort=KEY");
    await row(/OPS-1/);
    expect(server.asked.find((one) => one.name === "Issues")?.variables).toMatchObject({
      where: { project: { in: ["OPS"] } },
      search: "late",
      order: [{ by: "KEY", direction: "ASC" }],
    });
    expect(screen.getByRole("button", { name: /Project OPS/ })).toBeVisible();
  });

  test("sorts by a header, and turns the order round when it is clicked again", async () => {
    const { user, router } = await renderApp("/issues");
    await row(/OPS-1/);
    await user.click(header("Priority"));
    expect(router.state.location.search).toMatchObject({ sort: "PRIORITY" });
    expect(await screen.findByRole("columnheader", { name: /Priority/ })).toHaveAttribute(
      "aria-sort",
      "descending",
    );
    await user.click(header("Priority"));
    expect(router.state.location.search).toMatchObject({ direction: "ASC" });
  });

  test("sorts by a mapped field where there are no headers to click", async () => {
    vi.stubGlobal("matchMedia", (query: string) => ({
      matches: query === "(max-width: 640px)",
      addEventListener: () => {},
      removeEventListener: () => {},
    }));
    const { user, server } = await renderApp("/issues", {
      fieldMappings: () => [
        mapping({ name: "effort", label: "Effort" }),
        mapping({ id: "m2", name: "sprint", label: "Sprint", type: "TEXT_LIST" }),
      ],
    });
    const order = await screen.findByRole("combobox", { name: "Order" });
    await within(order).findByRole("option", { name: "Effort ↓" });
    expect(within(order).queryByRole("option", { name: /Sprint/ })).not.toBeInTheDocument();
    await user.selectOptions(order, "Effort ↑");
    await waitFor(() =>
      expect(server.asked.at(-1)?.variables["order"]).toEqual([
        { field: "effort", direction: "ASC" },
      ]),
    );
    expect(order).toHaveDisplayValue("Effort ↑");
  });

  test("searches words while they are typed, and opens a key on Enter", async () => {
    const { user, router } = await renderApp("/issues");
    await row(/OPS-1/);
    await user.keyboard("/");
    const box = screen.getByRole("searchbox", { name: /Search issues/ });
    expect(box).toHaveFocus();
    await user.type(box, "timeout");
    await waitFor(() => expect(router.state.location.search).toMatchObject({ q: "timeout" }));
    await user.clear(box);
    await user.type(box, "ops-2{Enter}");
    expect(await screen.findByRole("complementary", { name: "Issue OPS-2" })).toBeVisible();
  });

  test("filters by values that it counts", async () => {
    const { user, router, server } = await renderApp("/issues", {
      issueStats: () =>
        stats([
          { keys: ["Ada"], count: 7 },
          { keys: [null], count: 2 },
        ]),
    });
    await row(/OPS-1/);
    await user.click(screen.getByRole("button", { name: "Assignee" }));
    const menu = await screen.findByRole("dialog", { name: "Filter by assignee" });
    await user.click(await within(menu).findByRole("checkbox", { name: /Unassigned 2/ }));
    expect(router.state.location.searchStr).toBe("?assignees=%28none%29");
    await waitFor(() =>
      expect(server.asked.at(-1)?.variables["where"]).toEqual({ assignee: { isNull: true } }),
    );
    await user.keyboard("{Escape}");
    await user.click(screen.getByRole("button", { name: "Clear" }));
    expect(router.state.location.searchStr).toBe("");
  });

  test("renews itself when a sync ends", async () => {
    const { server, live } = await renderApp("/issues");
    await row(/OPS-1/);
    server.answers["issues"] = () =>
      connection([issue(4), issue(1, { summary: "Changed" })], { totalCount: 4 });
    act(() => live.dispatch({ type: "completed", run: run() as unknown as CompletedRun }));
    expect(await row(/OPS-4/)).toBeVisible();
    expect(await row(/OPS-1 Changed/)).toBeVisible();
    expect(screen.getByText("4 issues")).toBeVisible();
  });

  test("remembers the chosen columns", async () => {
    const { user, unmount } = await renderApp("/issues");
    await row(/OPS-1/);
    await user.click(screen.getByRole("button", { name: "View" }));
    await user.click(await screen.findByRole("menuitemcheckbox", { name: "Reporter" }));
    await user.keyboard("{Escape}");
    expect(screen.getByRole("columnheader", { name: /Reporter/ })).toBeVisible();
    unmount();
    await renderApp("/issues");
    expect(await screen.findByRole("columnheader", { name: /Reporter/ })).toBeVisible();
  });

  test("widens a column by the arrows", async () => {
    const { user } = await renderApp("/issues");
    await row(/OPS-1/);
    const edge = screen.getByRole("separator", { name: "Width of Status" });
    const before = Number(edge.getAttribute("aria-valuenow"));
    edge.focus();
    await user.keyboard("{ArrowRight}");
    expect(edge).toHaveAttribute("aria-valuenow", String(before + 16));
  });
});

describe("when there is nothing to list", () => {
  test("says which filters keep everything out, and takes them away", async () => {
    const { user, router } = await renderApp("/issues?q=nothing", { issues: issuesOf(0) });
    expect(await screen.findByRole("heading", { name: "No issue matches" })).toBeVisible();
    await user.click(screen.getByRole("button", { name: "Clear all filters" }));
    expect(router.state.location.searchStr).toBe("");
    expect(await screen.findByRole("heading", { name: "No issues yet" })).toBeVisible();
  });

  test("says what failed and by which request, and tries again", async () => {
    const { user, server } = await renderApp("/issues", {
      issues: () => fail({ message: "Something broke.", code: "INTERNAL", requestId: "req-7" }),
    });
    const alert = await screen.findByRole("alert");
    expect(alert).toHaveTextContent("The issues could not be loaded");
    expect(alert).toHaveTextContent("Something broke.");
    expect(alert).toHaveTextContent("req-7");
    server.answers["issues"] = issuesOf(1);
    await user.click(within(alert).getByRole("button", { name: "Try again" }));
    expect(await row(/OPS-1/)).toBeVisible();
  });
});

describe("the panel of an issue", () => {
  test("opens by keyboard, moves with j and k, closes with Escape", async () => {
    const { user, router } = await renderApp("/issues");
    await row(/OPS-1/);
    await user.keyboard("jj{Enter}");
    expect(await screen.findByRole("heading", { name: "Summary of 2" })).toBeVisible();
    expect(router.state.location.search).toMatchObject({ issue: "OPS-2", instance: "cloud" });
    expect(await row(/OPS-2/)).toHaveAttribute("aria-selected", "true");
    await user.keyboard("j");
    expect(await screen.findByRole("heading", { name: "Summary of 3" })).toBeVisible();
    await user.keyboard("k");
    expect(await screen.findByRole("heading", { name: "Summary of 2" })).toBeVisible();
    await user.keyboard("{Escape}");
    expect(screen.queryByRole("complementary")).not.toBeInTheDocument();
    expect(screen.getByRole("grid", { name: "Issues" })).toHaveFocus();
  });

  test("shows fields, comments, history and the way to Jira", async () => {
    const { user } = await renderApp("/issues?issue=OPS-2&instance=cloud");
    const panel = await screen.findByRole("complementary", { name: "Issue OPS-2" });
    expect(await within(panel).findByText("Description of 2")).toBeVisible();
    expect(within(panel).getByRole("link", { name: /Open in Jira/ })).toHaveAttribute(
      "href",
      "https://cloud.example.net/browse/OPS-2",
    );
    await user.click(within(panel).getByRole("tab", { name: "Comments 1" }));
    expect(within(panel).getByText("Seen on staging too.")).toBeVisible();
    await user.click(within(panel).getByRole("tab", { name: "History 1" }));
    expect(within(panel).getByText("Backlog")).toBeVisible();
  });

  test("says so when there is no such issue", async () => {
    await renderApp("/issues?issue=OPS-99", { issue: () => null });
    expect(await screen.findByRole("heading", { name: "There is no OPS-99 here" })).toBeVisible();
  });

  test("asks which instance is meant when a key lives in several", async () => {
    await renderApp("/issues?issue=OPS-1", {
      issue: () => fail({ message: "OPS-1 lives in cloud and datacenter", code: "AMBIGUOUS_KEY" }),
      issues: () => connection([issue(1), issue(1, { id: "other", instance: datacenter })]),
    });
    expect(await screen.findByRole("heading", { name: /lives in several/ })).toBeVisible();
    expect(await screen.findAllByRole("link", { name: /OPS-1/ })).toHaveLength(2);
  });
});
