import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const backend = process.env["BACKEND_URL"] ?? "http://127.0.0.1:8987";

// As in production, the health of the dashboard is its own and not the server's.
const health: Plugin = {
  name: "health",
  configureServer(server) {
    server.middlewares.use("/api/health", (_request, response) => {
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify({ status: "ok", service: "frontend" }));
    });
  },
};

export default defineConfig({
  plugins: [react(), health],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: {
    port: 5648,
    strictPort: true,
    proxy: {
      "/graphql": { target: backend, ws: true },
      "/api": backend,
      "/export": backend,
      "/webhooks": backend,
      "/auth": backend,
    },
  },
  build: {
    // light-dark() in the tokens is left as it stands.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // An inlined script or data: module would be refused by the server's policy.
    assetsInlineLimit: 0,
    manifest: true,
    modulePreload: { polyfill: false },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["./src/test/setup.ts"],
    restoreMocks: true,
    testTimeout: 30_000,
    css: { modules: { classNameStrategy: "non-scoped" } },
  },
});
