import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { cacheExchange } from "@urql/exchange-graphcache";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Client, fetchExchange, Provider } from "urql";
import { cacheKeys } from "@/graphql/cacheKeys";
import { ListClientContext } from "@/graphql/listClient";
import { LiveContext } from "@/live/LiveContext";
import { createLiveStore } from "@/live/liveStore";
import { createAppRouter } from "@/router";
import { healthy } from "./data";
import { fakeServer, type Answers } from "./fakeServer";

/**
 * The whole dashboard at one address, once it is shown: on a healthy fake server, except for
 * the given answers. What is live is dispatched by hand.
 */
export async function renderApp(address: string, answers: Answers = {}) {
  const server = fakeServer({ ...healthy, ...answers });
  const live = createLiveStore();
  live.dispatch({ type: "socketOpened" });
  const client = new Client({
    url: "/graphql",
    preferGetMethod: false,
    exchanges: [cacheExchange({ keys: cacheKeys }), fetchExchange],
  });
  const listClient = new Client({
    url: "/graphql",
    preferGetMethod: false,
    exchanges: [fetchExchange],
  });
  const router = createAppRouter(createMemoryHistory({ initialEntries: [address] }));
  const view = render(
    <Provider value={client}>
      <LiveContext value={live}>
        <ListClientContext value={listClient}>
          <RouterProvider router={router} />
        </ListClientContext>
      </LiveContext>
    </Provider>,
  );
  await screen.findByRole("main");
  return { ...view, server, live, router, user: userEvent.setup() };
}
