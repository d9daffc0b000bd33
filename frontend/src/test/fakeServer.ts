import { readFileSync } from "node:fs";
import { buildSchema, graphql, GraphQLError } from "graphql";
import { vi } from "vitest";

type Variables = Record<string, unknown>;

/** What a field of Query or Mutation answers, by its name; without an answer it is null. */
export type Answers = Record<string, (args: Variables) => unknown>;

export function fail(failure: { message: string; code?: string; requestId?: string }): never {
  const { message, ...extensions } = failure;
  throw new GraphQLError(message, { extensions });
}

export interface FakeServer {
  answers: Answers;
  /** Operations asked for, in order. */
  asked: { name: string; variables: Variables }[];
  /** While false, nothing answers at all. */
  reachable: boolean;
}

const schema = buildSchema(readFileSync("src/graphql/schema.graphql", "utf8"));

/** Stands in for the server at the edge: `fetch` answers by the real schema. */
export function fakeServer(answers: Answers): FakeServer {
  const server: FakeServer = { answers, asked: [], reachable: true };
  vi.stubGlobal("fetch", async (_url: string, init: { body: string }) => {
    await Promise.resolve();
    if (!server.reachable) throw new TypeError("Failed to fetch");
    const request = JSON.parse(init.body) as {
      operationName: string;
      query: string;
      variables: Variables;
    };
    server.asked.push({ name: request.operationName, variables: request.variables });
    const result = await graphql({
      schema,
      source: request.query,
      rootValue: server.answers,
      variableValues: request.variables,
      operationName: request.operationName,
    });
    return new Response(JSON.stringify(result), {
      headers: { "content-type": "application/json" },
    });
  });
  return server;
}
