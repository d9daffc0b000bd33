import { spawn, type ChildProcess } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const readyWithinMs = 120_000;
const endWithinMs = 30_000;

/** The built binary's demo in a folder of its own: real PostgreSQL, two simulated Jiras. */
export interface Demo {
  url: string;
  stop: () => Promise<void>;
  start: () => Promise<void>;
  /** Stops it and forgets its data. */
  remove: () => Promise<void>;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address !== null
          ? resolve(address.port)
          : reject(new Error("no port is free")),
      );
    });
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once("exit", () => resolve()));
}

/** Runs the binary until it says that it is ready. */
async function launch(env: Record<string, string>): Promise<ChildProcess> {
  const child = spawn(join(repository, "bin/jirasync"), ["demo"], {
    cwd: repository,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk.toString()));
  const lines = createInterface({ input: child.stdout });
  const ready = new Promise<void>((resolve, reject) => {
    lines.on("line", (line) => {
      said.push(line + "\n");
      if (line.startsWith("ready ")) resolve();
    });
    child.once("error", reject);
    child.once("exit", (code) =>
      reject(new Error(`the demo ended with ${code ?? "a signal"}:\n${said.join("")}`)),
    );
    setTimeout(
      () => reject(new Error(`the demo was not ready in time:\n${said.join("")}`)),
      readyWithinMs,
    ).unref();
  });
  await ready;
  return child;
}

/** Starts a demo with so many issues, of which so many change in a minute. */
export async function startDemo(issues: number, changesPerMinute: number): Promise<Demo> {
  const folder = await mkdtemp(join(tmpdir(), "jirasync-e2e-"));
  await chmod(folder, 0o711); // or a demo run by root would keep its data elsewhere
  const port = await freePort();
  const env = {
    DEMO_DIR: folder,
    DEMO_ISSUES: String(issues),
    DEMO_RATE: String(changesPerMinute),
    PORT: String(port),
    LOG_LEVEL: "warn",
  };
  let child: ChildProcess | undefined;
  const start = async () => {
    child = await launch(env);
  };
  const stop = async () => {
    if (!child) return;
    child.kill("SIGTERM");
    const killer = setTimeout(() => child?.kill("SIGKILL"), endWithinMs);
    await ended(child);
    clearTimeout(killer);
    child = undefined;
  };
  await start();
  return {
    url: `http://127.0.0.1:${port}`,
    start,
    stop,
    remove: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
