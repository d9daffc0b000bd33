import type { Page } from "@playwright/test";
import { expect, findings, test } from "./test";

// One story, told in order on the shared demo: it leaves no mapping in use.
test.describe.configure({ mode: "serial" });

const editor = (page: Page, name: string) => page.getByRole("region", { name, exact: true });

async function openMapping(page: Page): Promise<void> {
  await page.goto("/fields");
  await page
    .getByRole("list", { name: "Mappings" })
    .getByRole("button", { name: "Story Points" })
    .click();
}

test("an admin maps Story Points of both Jiras by keyboard", async ({ page }) => {
  await page.goto("/fields");
  await expect(page.getByRole("button", { name: "New mapping" })).toBeEnabled();
  await page.getByRole("button", { name: "New mapping" }).focus();
  await page.keyboard.press("Enter");
  for (const instance of ["north", "south"]) {
    await page.getByRole("button", { name: `Add a field of ${instance}` }).focus();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("combobox", { name: `Add a field of ${instance}` })).toBeFocused();
    await page.keyboard.type("story points");
    await page.keyboard.press("Enter");
  }
  await expect(page.getByRole("textbox", { name: "Name" })).toHaveValue("story_points");
  await expect(page.getByRole("region", { name: "Dry run" })).toContainText("get a value");
  expect(await findings(page)).toEqual([]);
  const make = page.getByRole("button", { name: "Make the mapping" });
  await expect(make).toBeEnabled();
  await make.focus();
  await page.keyboard.press("Enter");
  await expect(editor(page, "Story Points").getByText("Ready")).toBeVisible();
});

test("its values stand in the issues: as a column, a filter and in the panel", async ({ page }) => {
  await page.goto("/issues?fields=story_points:(any)&sort=field.story_points");
  await expect(page.getByRole("row").nth(1)).toBeVisible();
  await page.getByRole("button", { name: "View" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Story Points" }).click();
  await page.keyboard.press("Escape");
  const header = page.getByRole("columnheader", { name: /^Story Points/ });
  await expect(header).toHaveAttribute("aria-sort", "descending");
  await expect(page.getByRole("row").nth(1).getByRole("gridcell").last()).toHaveText(/^\d/);
  await page.getByRole("row").nth(1).click();
  await expect(page.getByRole("complementary").getByText("Mapped fields")).toBeVisible();
  expect(await findings(page)).toEqual([]);
});

test("a change that alters the type waits, is saved, and is taken back", async ({ page }) => {
  await openMapping(page);
  await page.getByRole("combobox", { name: "Type", exact: true }).selectOption("TEXT");
  await page.getByRole("button", { name: "Save anyway" }).click();
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("combobox", { name: "Type", exact: true })).toHaveValue("NUMBER");
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
});

test("two admins who save at once see both versions", async ({ page, context }) => {
  const other = await context.newPage();
  await openMapping(page);
  await openMapping(other);
  // The second began before the first had saved, and hears of it too late.
  await other.getByRole("combobox", { name: "Type", exact: true }).selectOption("TEXT");
  await expect(other.getByRole("button", { name: "Save anyway" })).toBeVisible();
  await page.getByRole("textbox", { name: "Label" }).fill("Effort");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await other.getByRole("button", { name: "Save anyway" }).click();
  const dialog = other.getByRole("dialog", { name: "Somebody else changed this mapping" });
  await expect(dialog).toContainText("Effort");
  expect(await findings(other)).toEqual([]);
  await dialog.getByRole("button", { name: "Save both changes" }).click();
  await expect(dialog).toBeHidden();
  await expect(other.getByRole("combobox", { name: "Type", exact: true })).toHaveValue("TEXT");
  await expect(other.getByRole("textbox", { name: "Label" })).toHaveValue("Effort");
  await other.close();
});

test("a backup brings back what was", async ({ page }) => {
  await page.goto("/fields/backups");
  const backups = page.getByRole("region", { name: "Backups" }).getByRole("button", {
    expanded: false,
  });
  await backups.first().click();
  await expect(page.getByRole("list", { name: /^Differences/ })).toContainText("Type");
  expect(await findings(page)).toEqual([]);
  await page.getByRole("button", { name: "Restore all…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Restore" }).click();
  await expect(page.getByText("1 mapping is restored")).toBeVisible();
});

test("retires and purges only by its name", async ({ page }) => {
  await page.goto("/fields");
  await page.getByRole("list", { name: "Mappings" }).getByRole("button").first().click();
  await page.getByRole("button", { name: "Retire…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Retire" }).click();
  await page.getByRole("button", { name: "Purge…" }).click();
  const purge = page.getByRole("button", { name: "Purge column and values" });
  await expect(purge).toBeDisabled();
  await page.getByRole("textbox", { name: /to confirm/ }).fill("story_points");
  await purge.click();
  await expect(page.getByRole("heading", { name: "Nothing is mapped yet" })).toBeVisible();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing on fields and suggestions (${colorScheme})`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    for (const width of [1440, 360]) {
      await page.setViewportSize({ width, height: 740 });
      for (const address of ["/fields", "/fields?view=suggestions", "/fields/backups"]) {
        await page.goto(address);
        await expect(page.getByRole("list").nth(1)).toBeVisible();
        expect(await findings(page), `${address} at ${width}`).toEqual([]);
      }
    }
  });
}
