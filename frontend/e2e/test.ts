import { AxeBuilder } from "@axe-core/playwright";
import { expect, test as base, type Page } from "@playwright/test";

/** Tests on the shared demo; an error in the browser's console fails them. */
export const test = base.extend({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads what is needed from the pattern
  baseURL: async ({}, use) => {
    await use(process.env["E2E_URL"]);
  },
  page: async ({ page }, use) => {
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    await use(page);
    expect(errors).toEqual([]);
  },
});

export { expect };

export interface Screen {
  name: string;
  /** Opens it and waits until its data is shown. */
  open: (page: Page) => Promise<void>;
}

async function openIssues(page: Page): Promise<void> {
  await page.goto("/issues");
  await expect(page.getByRole("row").nth(1)).toBeVisible();
}

export const screens: readonly Screen[] = [
  {
    name: "overview",
    open: async (page) => {
      await page.goto("/");
      await expect(page.getByRole("heading", { name: "Busiest projects" })).toBeVisible();
      await expect(page.getByRole("region", { name: "Issues by status category" })).toBeVisible();
    },
  },
  { name: "issues", open: openIssues },
  {
    name: "issue",
    open: async (page) => {
      await openIssues(page);
      await page.getByRole("row").nth(1).click();
      await expect(page.getByRole("tab", { name: "Details" })).toBeVisible();
    },
  },
  {
    name: "issues-empty",
    open: async (page) => {
      await page.goto("/issues?q=nosuchwordanywhere");
      await expect(page.getByRole("heading", { name: "No issue matches" })).toBeVisible();
    },
  },
  {
    name: "sync",
    open: async (page) => {
      await page.goto("/sync");
      await expect(page.getByRole("region", { name: "Runs" })).toBeVisible();
    },
  },
  {
    name: "run",
    open: async (page) => {
      await page.goto("/sync");
      await page.getByRole("region", { name: "Runs" }).getByRole("link").last().click();
      await expect(page.getByRole("region", { name: "Projects of the run" })).toBeVisible();
    },
  },
  {
    name: "fields",
    open: async (page) => {
      await page.goto("/fields");
      await expect(
        page.getByRole("list", { name: "Jira fields" }).getByRole("listitem").first(),
      ).toBeVisible();
    },
  },
  {
    name: "fields-backups",
    open: async (page) => {
      await page.goto("/fields/backups");
      await expect(page.getByRole("region", { name: "Backups" })).toBeVisible();
    },
  },
];

/**
 * What axe finds wrong with what is shown, by rule and place. The dark theme has other colours and is
 * the same in all else, so only they are looked at there.
 */
export async function findings(page: Page): Promise<string[]> {
  const axe = new AxeBuilder({ page });
  const isDark = await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches);
  const { violations } = await (
    isDark
      ? axe.withRules(["color-contrast", "link-in-text-block"])
      : axe.withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
  ).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary ?? ""}`),
  );
}
