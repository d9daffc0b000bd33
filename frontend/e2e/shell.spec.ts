import { expect, test } from "./test";

test("switches the theme and remembers it", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto("/");
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.getByRole("button", { name: /^Theme: system/ }).click();
  await page.getByRole("button", { name: /^Theme: light/ }).click();
  await expect.poll(background).not.toBe(light);
  await page.reload();
  await expect(page.getByRole("button", { name: /^Theme: dark/ })).toBeVisible();
  expect(await background()).not.toBe(light);
});

test("is all within reach of the keyboard", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("main")).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
});

test("folds its navigation", async ({ page }) => {
  await page.goto("/");
  const navigation = page.getByRole("navigation", { name: "Screens" });
  await navigation.getByRole("button").click();
  await expect(navigation).toHaveCSS("width", "48px");
  await page.reload();
  await expect(navigation).toHaveCSS("width", "48px");
  await navigation.getByRole("link", { name: "Issues" }).click();
  await expect(page).toHaveURL(/\/issues$/);
});

test("scrolls no page sideways on a phone, nor at 200 % zoom", async ({ page }) => {
  for (const width of [360, 720]) {
    await page.setViewportSize({ width, height: 740 });
    for (const address of ["/", "/issues", "/sync"]) {
      await page.goto(address);
      await expect(page.getByRole("link", { name: /^Freshness/ })).toBeVisible();
      const wider = await page.evaluate(() => {
        const main = document.querySelector("main");
        return Math.max(
          document.documentElement.scrollWidth - window.innerWidth,
          main ? main.scrollWidth - main.clientWidth : 0,
        );
      });
      expect(wider, `${address} at ${width}`).toBeLessThanOrEqual(0);
    }
  }
});

test("loads less than 250 KB of JavaScript before the overview is shown", async ({ page }) => {
  const client = await page.context().newCDPSession(page);
  await client.send("Network.enable");
  const scripts = new Set<string>();
  let bytes = 0;
  client.on("Network.responseReceived", ({ requestId, type }) => {
    if (type === "Script") scripts.add(requestId);
  });
  client.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength;
  });
  await page.goto("/", { waitUntil: "networkidle" });
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(250 * 1024);
});
