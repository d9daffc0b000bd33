import { createRouter, type RouterHistory } from "@tanstack/react-router";
import { backupsRoute, fieldsRoute } from "./routes/fields";
import { issuesRoute } from "./routes/issues";
import { overviewRoute } from "./routes/overview";
import { BrokenScreen, rootRoute } from "./routes/root";
import { syncRoute, syncRunRoute } from "./routes/sync";
import { parseParams, stringifyParams } from "./urlParams";

const routeTree = rootRoute.addChildren([
  overviewRoute,
  issuesRoute,
  fieldsRoute,
  backupsRoute,
  syncRoute,
  syncRunRoute,
]);

/** The routes of the dashboard; the browser's own history unless another is given. */
export function createAppRouter(history?: RouterHistory) {
  return createRouter({
    routeTree,
    ...(history ? { history } : {}),
    parseSearch: parseParams,
    stringifySearch: stringifyParams,
    defaultErrorComponent: BrokenScreen,
    defaultPreload: "intent",
    scrollRestoration: true,
    scrollToTopSelectors: ["#main"],
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
