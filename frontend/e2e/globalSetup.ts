import { startDemo } from "./demo";

/** One demo for all tests but those that stop theirs. */
export default async function globalSetup(): Promise<() => Promise<void>> {
  const demo = await startDemo(400, 120);
  process.env["E2E_URL"] = demo.url;
  return demo.remove;
}
