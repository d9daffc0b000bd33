import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { parseIssueSearch } from "@/features/issues/issueSearch";
import { rootRoute } from "./root";

export const issuesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/issues",
  validateSearch: parseIssueSearch,
  component: lazyRouteComponent(() => import("@/features/issues/IssuesScreen"), "IssuesScreen"),
});
