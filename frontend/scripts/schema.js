// Joins the server's schema files into the one that types the documents of the dashboard, and
// lists for its cache which types have no id.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { buildSchema, isObjectType, lexicographicSortSchema, printSchema } from "graphql";

const source = new URL("../../graph/", import.meta.url);
const target = new URL("../src/graphql/schema.graphql", import.meta.url);
const embedded = new URL("../src/graphql/embeddedTypes.ts", import.meta.url);

const sdl = readdirSync(source)
  .filter((name) => name.endsWith(".graphqls"))
  .sort()
  .map((name) => readFileSync(new URL(name, source), "utf8"))
  .join("\n");

// Sorted, so that moving a type between the server's files changes nothing here.
const schema = lexicographicSortSchema(buildSchema(sdl));
writeFileSync(target, printSchema(schema) + "\n");

// Objects without an id have no place of their own in the client's cache.
const names = Object.values(schema.getTypeMap())
  .filter((type) => isObjectType(type) && !type.name.startsWith("__"))
  .filter((type) => !(type.name in { Query: 1, Mutation: 1, Subscription: 1 }))
  .filter((type) => !("id" in type.getFields()))
  .map((type) => `  "${type.name}",`);
writeFileSync(
  embedded,
  [
    "// Generated from the schema by scripts/schema.js.",
    "export const embeddedTypes = [",
    ...names,
    "];",
    "",
  ].join("\n"),
);
