import type { Page } from "@playwright/test";
import { expect, test } from "./test";

/** Notes every state that the progress bars of the page go through. */
async function watchProgress(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const seen = new Set<string>();
    Object.assign(window, { seenProgress: seen });
    new MutationObserver(() => {
      for (const bar of document.querySelectorAll("[role=progressbar]")) {
        seen.add(`${bar.getAttribute("aria-label")}: ${bar.getAttribute("aria-valuetext")}`);
      }
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  return () =>
    page.evaluate(() => [...(window as unknown as { seenProgress: Set<string> }).seenProgress]);
}

test("a newcomer sees two Jiras, asks for a sync, and watches the counts change", async ({
  page,
}) => {
  await page.goto("/");
  await expect(page.getByRole("link", { name: /^Freshness: complete as of/ })).toBeVisible();
  const counts = page.getByRole("region", { name: "Issues by status category" });
  const rows = counts.getByRole("row");
  await expect(rows.filter({ hasText: "north" })).toBeVisible();
  await expect(rows.filter({ hasText: "south" })).toBeVisible();

  const before = await counts.innerText();
  const progress = await watchProgress(page);
  await page.getByRole("button", { name: "Sync now" }).click();
  await expect(page.getByText(/^Sync asked for/)).toBeVisible();
  await expect.poll(progress).not.toHaveLength(0);
  // New and moved issues arrive with one of the next runs: two changes a second are made.
  await expect
    .poll(
      async () => {
        if ((await counts.innerText()) !== before) return true;
        await page.getByRole("button", { name: "Sync now" }).click();
        return false;
      },
      { timeout: 45_000, intervals: [3000] },
    )
    .toBe(true);
});

test("progress of a full sync moves on the sync screen", async ({ page }) => {
  await page.goto("/sync");
  const progress = await watchProgress(page);
  await page.getByRole("button", { name: "Other runs" }).click();
  await page.getByRole("menuitem", { name: /^Full sync/ }).click();
  await expect.poll(async () => (await progress()).length).toBeGreaterThan(2);
  const newest = page.getByRole("region", { name: "Runs" }).getByRole("row").nth(1);
  await expect(newest).toContainText("Full");
  await expect(newest).toContainText("Succeeded");
});
