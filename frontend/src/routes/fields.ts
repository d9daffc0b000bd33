import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { parseBackupsSearch, parseFieldsSearch } from "@/features/fields/fieldsSearch";
import { rootRoute } from "./root";

export const fieldsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/fields",
  validateSearch: parseFieldsSearch,
  component: lazyRouteComponent(() => import("@/features/fields/FieldsScreen"), "FieldsScreen"),
});

export const backupsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/fields/backups",
  validateSearch: parseBackupsSearch,
  component: lazyRouteComponent(() => import("@/features/fields/BackupsScreen"), "BackupsScreen"),
});
