import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { parseRunSearch } from "@/features/sync/runSearch";
import { rootRoute } from "./root";

export const syncRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sync",
  validateSearch: parseRunSearch,
  component: lazyRouteComponent(() => import("@/features/sync/SyncScreen"), "SyncScreen"),
});

export const syncRunRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sync/runs/$id",
  component: lazyRouteComponent(() => import("@/features/sync/RunScreen"), "RunScreen"),
});
