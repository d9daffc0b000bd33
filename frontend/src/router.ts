import { createRouter } from "@tanstack/react-router";
import { issuesRoute } from "./routes/issues";
import { overviewRoute } from "./routes/overview";
import { BrokenScreen, rootRoute } from "./routes/root";
import { syncRoute, syncRunRoute } from "./routes/sync";
import { parseParams, stringifyParams } from "./urlParams";

export const router = createRouter({
  routeTree: rootRoute.addChildren([overviewRoute, issuesRoute, syncRoute, syncRunRoute]),
  parseSearch: parseParams,
  stringifySearch: stringifyParams,
  defaultErrorComponent: BrokenScreen,
  defaultPreload: "intent",
  scrollRestoration: true,
  scrollToTopSelectors: ["#main"],
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
