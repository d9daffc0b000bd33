import { expect, findings, screens, test } from "./test";

for (const colorScheme of ["light", "dark"] as const) {
  for (const screen of screens) {
    test(`axe finds nothing on ${screen.name} (${colorScheme})`, async ({ page }) => {
      await page.emulateMedia({ colorScheme });
      await screen.open(page);
      expect(await findings(page)).toEqual([]);
    });
  }

  test(`axe finds nothing on menus, tables of charts and parts of an issue (${colorScheme})`, async ({
    page,
  }) => {
    await page.emulateMedia({ colorScheme });
    await page.goto("/");
    for (const button of await page.getByRole("button", { name: "Show as table" }).all()) {
      await button.click();
    }
    await page.getByRole("button", { name: "Show as table" }).last().click();
    expect(await findings(page)).toEqual([]);

    await page.goto("/issues");
    await page.getByRole("row").nth(1).click();
    for (const name of [/^Comments/, /^History/, /^Raw/]) {
      await page.getByRole("tab", { name }).click();
      expect(await findings(page)).toEqual([]);
    }
    await page.getByRole("button", { name: "Assignee" }).click();
    await expect(page.getByRole("checkbox").first()).toBeVisible();
    expect(await findings(page)).toEqual([]);

    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "View" }).click();
    await expect(page.getByRole("menuitemcheckbox").first()).toBeVisible();
    expect(await findings(page)).toEqual([]);

    await page.goto("/sync");
    await page.getByRole("button", { name: "Change settings" }).click();
    expect(await findings(page)).toEqual([]);
  });

  test(`axe finds nothing on a phone (${colorScheme})`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 360, height: 740 });
    for (const screen of screens) {
      await screen.open(page);
      expect(await findings(page), screen.name).toEqual([]);
    }
  });
}
