import { expect, test } from "./test";

test("leads from the history to one run", async ({ page }) => {
  await page.goto("/sync?modes=FULL");
  const runs = page.getByRole("region", { name: "Runs" });
  await expect(runs.getByRole("row").nth(1)).toContainText("Full");
  await runs.getByRole("link").last().click();
  await expect(page.getByRole("heading", { name: /^Full run of/ })).toBeVisible();
  await expect(page.getByRole("region", { name: "Figures" })).toContainText("Fetched");
  await expect(page.getByRole("region", { name: "Phases" })).toContainText("Fetching");
  await expect(page.getByRole("region", { name: "Projects of the run" })).toContainText("OPS");
});

test("keeps the filters of the history in the address", async ({ page }) => {
  await page.goto("/sync");
  await page.getByRole("button", { name: "Failed" }).click();
  await expect(page).toHaveURL(/states=FAILED/);
  await expect(page.getByRole("heading", { name: "No run matches" })).toBeVisible();
  await page.getByRole("button", { name: "Clear the filters" }).click();
  await expect(page.getByRole("region", { name: "Runs" })).toBeVisible();
});

test("changes the interval and pauses the schedule, and every page hears of it", async ({
  page,
  context,
}) => {
  await page.goto("/sync");
  await page.getByRole("button", { name: "Change settings" }).click();
  const field = page.getByRole("textbox", { name: "Fetch changes every" });
  await field.fill("10");
  await page.getByRole("combobox", { name: "Fetch changes every: unit" }).selectOption("minutes");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Every 10 min;")).toBeVisible();
  await page.getByRole("button", { name: "Pause schedule" }).click();
  await expect(page.getByText("Paused: nothing runs by itself.")).toBeVisible();
  await expect(page.getByRole("link", { name: /^Freshness: Paused/ })).toBeVisible();

  const other = await context.newPage();
  await other.goto("/sync");
  await other.getByRole("button", { name: "Resume schedule" }).click();
  await expect(other.getByText(/^Next run/)).toBeVisible();
  await other.close();
});
