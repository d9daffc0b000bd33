// Joins the server's schema files into the one that types the documents of the dashboard.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { buildSchema, lexicographicSortSchema, printSchema } from "graphql";

const source = new URL("../../graph/", import.meta.url);
const target = new URL("../src/graphql/schema.graphql", import.meta.url);

const sdl = readdirSync(source)
  .filter((name) => name.endsWith(".graphqls"))
  .sort()
  .map((name) => readFileSync(new URL(name, source), "utf8"))
  .join("\n");

// Sorted, so that moving a type between the server's files changes nothing here.
writeFileSync(target, printSchema(lexicographicSortSchema(buildSchema(sdl))) + "\n");
