import { expect, test } from "./test";

test.beforeEach(async ({ page }) => {
  await page.goto("/issues");
  await expect(page.getByRole("row").nth(1)).toBeVisible();
});

test("finds issues by words, and shares the search in the address", async ({ page }) => {
  const summary = await page.getByRole("row").nth(3).getByRole("gridcell").nth(1).innerText();
  const words = summary.split(" ").slice(0, 2).join(" ");
  await page.keyboard.press("/");
  await page.keyboard.type(words);
  await expect(page).toHaveURL(/\?q=/);
  await expect(page.getByRole("row").filter({ hasText: summary }).first()).toBeVisible();
  const total = page.getByText(/^[\d,]+ issues$/);
  const found = await total.innerText();
  await page.reload();
  await expect(page.getByRole("searchbox")).toHaveValue(words);
  await expect(total).toHaveText(found);
});

test("opens an issue by its key from another screen", async ({ page }) => {
  const key = await page.getByRole("row").nth(1).getByRole("gridcell").first().innerText();
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible(); // it listens from then on
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox")).toBeFocused();
  await page.keyboard.type(key.toLowerCase());
  await page.keyboard.press("Enter");
  await expect(page.getByRole("complementary", { name: `Issue ${key}` })).toBeVisible();
});

test("is worked by keyboard alone: j, k, Enter, Esc", async ({ page }) => {
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  const panel = page.getByRole("complementary");
  await expect(panel.getByRole("tab", { name: "Details" })).toBeVisible();
  const second = page.url();
  await page.keyboard.press("j");
  await expect(page).not.toHaveURL(second);
  await page.keyboard.press("k");
  await expect(page).toHaveURL(second);
  await expect(page.getByRole("row", { selected: true })).toHaveCount(1);
  await page.keyboard.press("Escape");
  await expect(panel).toBeHidden();
  await expect(page.getByRole("grid", { name: "Issues" })).toBeFocused();
});

test("shows all that is known of an issue", async ({ page }) => {
  await page.getByRole("row").nth(1).click();
  const panel = page.getByRole("complementary");
  await expect(panel.getByRole("link", { name: "Open in Jira" })).toHaveAttribute("href", /browse/);
  await panel.getByRole("tab", { name: /^Comments/ }).click();
  await panel.getByRole("tab", { name: /^History/ }).click();
  await expect(panel.getByRole("tabpanel")).toContainText(/became|Nothing was changed/);
  await panel.getByRole("tab", { name: "Raw" }).click();
  await expect(panel.getByLabel("Raw JSON")).toContainText('"summary"');
});

test("filters by counted values", async ({ page }) => {
  await page.getByRole("button", { name: "Instance" }).click();
  const option = page.getByRole("checkbox", { name: /^south/ });
  await option.check();
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/instances=south/);
  await expect(page.getByRole("gridcell", { name: "north" })).toHaveCount(0);
  await expect(page.getByRole("gridcell", { name: "south" }).first()).toBeVisible();
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(page).not.toHaveURL(/instances/);
});

test("sorts by its headers, and scrolls to the last issue", async ({ page }) => {
  await page.getByRole("columnheader", { name: /^Key/ }).getByRole("button").click();
  await expect(page).toHaveURL(/sort=KEY/);
  await expect(page.getByRole("columnheader", { name: /^Key/ })).toHaveAttribute(
    "aria-sort",
    "ascending",
  );
  const grid = page.getByRole("grid", { name: "Issues" });
  await expect(async () => {
    await grid.evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
    await expect(page.getByText(/^All [\d,]+ issues are shown/)).toBeVisible({ timeout: 500 });
  }).toPass();

  // The rows in view are brought up to date there, too.
  const refreshed = page.waitForResponse((response) =>
    `${response.url()} ${response.request().postData() ?? ""}`.includes("VisibleIssues"),
  );
  await page.request.post("/graphql", { data: { query: "mutation { startSync { id } }" } });
  expect((await refreshed).status()).toBe(200);
});

test("remembers columns and density in this browser", async ({ page }) => {
  await page.getByRole("button", { name: "View" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Reporter" }).click();
  await page.getByRole("menuitemradio", { name: "Compact" }).click();
  await page.keyboard.press("Escape");
  await page.reload();
  await expect(page.getByRole("columnheader", { name: /^Reporter/ })).toBeVisible();
  const box = await page.getByRole("row").nth(1).boundingBox();
  expect(box?.height).toBe(28);
});
