import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "@tanstack/react-router";
import { Provider } from "urql";
import { createClient, createListClient, type ConnectionListener } from "./graphql/client";
import { ListClientContext } from "./graphql/listClient";
import { LiveProvider } from "./live/LiveContext";
import { createLiveStore } from "./live/liveStore";
import { createAppRouter } from "./router";
import "./ui/tokens.css";
import "./ui/base.css";

const live = createLiveStore();
const listener: ConnectionListener = {
  socketOpened: () => live.dispatch({ type: "socketOpened" }),
  socketClosed: () => live.dispatch({ type: "socketClosed" }),
  answered: (reached) => live.dispatch({ type: "answered", reached }),
};
const client = createClient(listener);
const listClient = createListClient(listener);
const router = createAppRouter();

const root = document.getElementById("root");
if (!root) throw new Error("the page has no #root");
createRoot(root).render(
  <StrictMode>
    <Provider value={client}>
      <LiveProvider store={live}>
        <ListClientContext value={listClient}>
          <RouterProvider router={router} />
        </ListClientContext>
      </LiveProvider>
    </Provider>
  </StrictMode>,
);
