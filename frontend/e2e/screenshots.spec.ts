import { screens, test } from "./test";

// To be looked at by a person: in frontend/screenshots, which git ignores.
for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1440, 768, 360]) {
    test(`screens at ${width} px (${colorScheme})`, async ({ page }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: width < 500 ? 740 : 900 });
      for (const screen of screens) {
        await screen.open(page);
        await page.screenshot({ path: `screenshots/${screen.name}-${width}-${colorScheme}.png` });
      }
    });
  }
}
