import { readFileSync } from "node:fs";
import { buildSchema, isObjectType } from "graphql";
import { expect, test } from "vitest";
import { cacheKeys } from "./cacheKeys";

test("every type without an id is known to the cache as embedded", () => {
  const schema = buildSchema(readFileSync("src/graphql/schema.graphql", "utf8"));
  const roots = new Set(["Query", "Mutation", "Subscription"]);
  const embedded = Object.values(schema.getTypeMap()).filter(
    (type) =>
      isObjectType(type) &&
      !type.name.startsWith("__") &&
      !roots.has(type.name) &&
      !("id" in type.getFields()),
  );
  expect(embedded.map((type) => type.name).sort()).toEqual(Object.keys(cacheKeys).sort());
});
