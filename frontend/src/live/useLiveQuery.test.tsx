import { act, screen, waitFor, within } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { mapping } from "@/features/fields/testData";
import { renderApp } from "@/test/renderApp";

test("asks again when there is news while an older answer is on its way", async () => {
  vi.stubGlobal("matchMedia", (query: string) => ({
    matches: query === "(max-width: 640px)",
    addEventListener: () => {},
    removeEventListener: () => {},
  }));
  const { server, live } = await renderApp("/issues");
  const order = await screen.findByRole("combobox", { name: "Order" });
  let answer: (mappings: unknown[]) => void = () => {};
  const older = new Promise<unknown[]>((resolve) => {
    answer = resolve;
  });
  const asked = vi.fn(() => older);
  server.answers["fieldMappings"] = asked;
  act(() => live.dispatch({ type: "stale" }));
  await waitFor(() => expect(asked).toHaveBeenCalled());
  server.answers["fieldMappings"] = () => [mapping({ name: "effort", label: "Effort" })];
  act(() => live.dispatch({ type: "stale" }));
  act(() => answer([]));
  expect(await within(order).findByRole("option", { name: "Effort ↓" })).toBeInTheDocument();
});
