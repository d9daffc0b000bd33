import { startDemo, type Demo } from "./demo";
import { expect, test as shared } from "./test";

/** A demo of its own, because it is stopped. */
const test = shared.extend<{ demo: Demo; baseURL: string }>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads what is needed from the pattern
  demo: async ({}, use) => {
    const demo = await startDemo(60, 60);
    await use(demo);
    await demo.remove();
  },
  baseURL: async ({ demo }, use) => {
    await use(demo.url);
  },
  // The browser reports each refused connection as an error: here they are meant.
  page: async ({ context }, use) => {
    await use(await context.newPage());
  },
});

test("stays readable while the server is away, and catches up when it is back", async ({
  page,
  demo,
}) => {
  test.setTimeout(240_000);
  await page.goto("/");
  const counts = page.getByRole("region", { name: "Issues by status category" });
  await expect(counts).toContainText("north");
  const before = await counts.innerText();

  await demo.stop();
  await expect(page.getByText(/^(The server is away|Live updates are interrupted)/)).toBeVisible();
  await expect(page.getByRole("link", { name: /^Freshness: Server away/ })).toBeVisible();
  expect(await counts.innerText()).toBe(before);
  await page.getByRole("link", { name: "Issues", exact: true }).click();
  await page.goBack();
  await expect(counts).toContainText("north");

  await demo.start();
  await expect(page.getByText(/^The server is away/)).toBeHidden();
  await expect(page.getByRole("link", { name: /^Freshness: complete as of/ })).toBeVisible();
  await page.getByRole("button", { name: "Sync now" }).click();
  await expect(page.getByText(/^Sync asked for/)).toBeVisible();
});
