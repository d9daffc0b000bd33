import { cacheExchange } from "@urql/exchange-graphcache";
import { createClient as createSocket, type Client as Socket } from "graphql-ws";
import { Client, fetchExchange, mapExchange, subscriptionExchange } from "urql";
import { cacheKeys } from "./cacheKeys";

/** What the client tells of the way to the server, so that the screen can say so too. */
export interface ConnectionListener {
  socketOpened(): void;
  socketClosed(): void;
  /** A request over HTTP got an answer, or none. */
  answered(reached: boolean): void;
}

function createSubscriptionSocket(listener: ConnectionListener): Socket {
  const scheme = window.location.protocol === "https:" ? "wss" : "ws";
  let pongDue: number | undefined;
  let open: WebSocket | undefined;
  return createSocket({
    url: `${scheme}://${window.location.host}/graphql`,
    // With 0 an operation started right after one that failed ends without data (6.4.2).
    lazyCloseTimeout: 1000,
    retryAttempts: Infinity,
    shouldRetry: () => true,
    retryWait: (retries) =>
      new Promise((resolve) => {
        setTimeout(resolve, Math.min(500 * 2 ** retries, 5000) * (0.75 + Math.random() / 2));
      }),
    keepAlive: 10_000,
    on: {
      connected: (socket) => {
        open = socket as WebSocket;
        listener.socketOpened();
      },
      closed: () => {
        clearTimeout(pongDue);
        listener.socketClosed();
      },
      // A peer that vanished without a word is noticed by the pong that stays away.
      ping: (received) => {
        if (!received) pongDue = window.setTimeout(() => open?.close(4408, "no pong"), 5000);
      },
      pong: (received) => {
        if (received) clearTimeout(pongDue);
      },
    },
  });
}

function reportAnswers(listener: ConnectionListener) {
  return mapExchange({
    onResult: (result) => {
      if (result.operation.kind !== "subscription") {
        listener.answered(!result.error?.networkError);
      }
    },
  });
}

/** For long lists: thousands of rows would only fill the normalised cache. */
export function createListClient(listener: ConnectionListener): Client {
  return new Client({
    url: "/graphql",
    preferGetMethod: false,
    exchanges: [reportAnswers(listener), fetchExchange],
  });
}

/** For all the rest: normalised cache, HTTP for documents, a websocket for what is live. */
export function createClient(listener: ConnectionListener): Client {
  const socket = createSubscriptionSocket(listener);
  return new Client({
    url: "/graphql",
    // Addresses end in logs, and filters may name people.
    preferGetMethod: false,
    exchanges: [
      cacheExchange({ keys: cacheKeys }),
      reportAnswers(listener),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe(
              { ...request, query: request.query ?? "" },
              {
                next: (value) => sink.next(value as Parameters<typeof sink.next>[0]),
                error: (error) => sink.error(error),
                complete: () => sink.complete(),
              },
            ),
          }),
        }),
      }),
    ],
  });
}
