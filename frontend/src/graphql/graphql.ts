import { initGraphQLTada } from "gql.tada";
import type { introspection } from "./graphql-env";

/** Documents typed from the server's schema. Times are RFC 3339 in UTC, dates YYYY-MM-DD. */
export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { Time: string; Date: string; JSON: Json; ID: string };
}>();

export { readFragment } from "gql.tada";
export type { FragmentOf, ResultOf, VariablesOf } from "gql.tada";
