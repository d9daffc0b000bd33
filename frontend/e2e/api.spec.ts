import { cacheExchange, Client, fetchExchange, gql, subscriptionExchange } from "@urql/core";
import { serverAudits } from "graphql-http";
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createWsClient, type Client as WsClient } from "graphql-ws";
import { WebSocket } from "ws";

import { expect, test } from "./test";

// What the clients that people use make of the server. No browser takes part.

const completed = `subscription { syncCompleted { id state instance { name } } }`;
const startSync = `mutation { startSync { id } }`;

function endpoint(): string {
  const url = process.env["E2E_URL"];
  if (url === undefined) throw new Error("the demo has no address");
  return `${url}/graphql`;
}

function connectWs(): WsClient {
  return createWsClient({
    url: endpoint().replace(/^http/, "ws"),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
}

/**
 * Asks for runs until the news of one has come. One may be over before the subscription stands, and
 * while the demo's own is under way none is taken on.
 */
async function runUntil<T>(news: Promise<T>): Promise<T> {
  let heard = false;
  const hear = () => {
    heard = true;
  };
  void news.then(hear, hear);
  const ask = async () => {
    if (heard) return true;
    await fetch(endpoint(), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: startSync }),
    });
    return heard;
  };
  await expect.poll(ask, { timeout: 60_000 }).toBe(true);
  return news;
}

/** The data of the next result. */
async function nextOf<T>(
  results: AsyncIterator<{ data?: T | null | undefined }, unknown>,
): Promise<T> {
  const result = await results.next();
  if (result.done === true || !result.value.data) throw new Error("there was no result");
  return result.value.data;
}

interface Completed {
  syncCompleted: { id: string; state: string; instance: { name: string } };
}

test.describe("GraphQL over HTTP", () => {
  test("passes every audit of graphql-http, recommendations included", async () => {
    const audits = serverAudits({ url: endpoint() });
    expect(audits.length).toBeGreaterThanOrEqual(61);
    const failed: string[] = [];
    for (const audit of audits) {
      const result = await audit.fn();
      if (result.status !== "ok")
        failed.push(`${result.status} ${result.id} ${result.name}: ${result.reason}`);
    }
    expect(failed).toEqual([]);
  });
});

test.describe("graphql-ws", () => {
  test("asks, hears of errors, and follows a subscription to its end", async () => {
    const client = connectWs();
    try {
      const answer = await one(client, `{ instances { name } }`);
      expect(answer.data).toEqual({ instances: [{ name: "north" }, { name: "south" }] });

      const refused = client.iterate({ query: `{ nope }` }).next();
      await expect(refused).rejects.toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);

      const news = client.iterate<Completed>({ query: completed });
      const { syncCompleted } = await runUntil(nextOf<Completed>(news));
      expect(syncCompleted.state).toBe("SUCCEEDED");

      // A run that has ended has no more to say than its present state.
      const states: unknown[] = [];
      for await (const { data } of client.iterate({
        query: `subscription ($id: ID) { syncProgress(runId: $id) { phase run { id } } }`,
        variables: { id: syncCompleted.id },
      }))
        states.push(data);
      expect(states).toEqual([
        { syncProgress: { phase: "FINISHED", run: { id: syncCompleted.id } } },
      ]);
      await news.return?.();
    } finally {
      await client.dispose();
    }
  });
});

async function one(client: WsClient, query: string): Promise<{ data?: unknown }> {
  for await (const answer of client.iterate({ query })) return answer;
  throw new Error("there was no answer");
}

test.describe("graphql-sse", () => {
  test("asks, hears of errors, and follows a subscription", async () => {
    const client = createSseClient({ url: endpoint(), retryAttempts: 0 });
    try {
      const answers: unknown[] = [];
      for await (const { data } of client.iterate({
        query: `{ instances { name } }`,
      }))
        answers.push(data);
      expect(answers).toEqual([{ instances: [{ name: "north" }, { name: "south" }] }]);

      const refused = await client.iterate({ query: `{ nope }` }).next();
      expect(refused.value).toMatchObject({ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });

      const news = client.iterate<Completed>({ query: completed });
      const { syncCompleted } = await runUntil(nextOf<Completed>(news));
      expect(syncCompleted.state).toBe("SUCCEEDED");
      await news.return?.();
    } finally {
      client.dispose();
    }
  });
});

test.describe("urql", () => {
  test("reads by GET and POST, shows codes of errors, and subscribes over graphql-ws", async () => {
    const ws = connectWs();
    const client = new Client({
      url: endpoint(),
      preferGetMethod: "force",
      exchanges: [
        cacheExchange,
        fetchExchange,
        subscriptionExchange({
          forwardSubscription: ({ query = "", variables }) => ({
            subscribe: (sink) => ({
              unsubscribe: ws.subscribe({ query, variables: variables ?? {} }, sink),
            }),
          }),
        }),
      ],
    });
    try {
      const read = await client
        .query(
          gql`
            query Names {
              instances {
                name
              }
            }
          `,
          {},
        )
        .toPromise();
      expect(read.error).toBeUndefined();
      expect(read.data).toMatchObject({ instances: [{ name: "north" }, { name: "south" }] });
      expect(read.extensions).toMatchObject({
        freshness: [{ instance: "north" }, { instance: "south" }],
      });

      const wrong = await client
        .query(
          gql`
            query Wrong {
              project(key: "NONE", instance: "nowhere") {
                key
              }
            }
          `,
          {},
        )
        .toPromise();
      expect(wrong.error).toBeUndefined();
      expect(wrong.data).toMatchObject({ project: null });

      const tooMuch = await client
        .query(
          gql`
            query Pages {
              issues(first: 501) {
                nodes {
                  key
                }
              }
            }
          `,
          {},
        )
        .toPromise();
      expect(tooMuch.error?.graphQLErrors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT" });

      const news = new Promise<Completed>((resolve, reject) => {
        client.subscription<Completed>(gql(completed), {}).subscribe(({ data, error }) => {
          if (error) reject(error);
          else if (data) resolve(data);
        });
      });
      expect((await runUntil(news)).syncCompleted.state).toBe("SUCCEEDED");
    } finally {
      await ws.dispose();
    }
  });
});
