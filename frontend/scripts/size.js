// Adds up the JavaScript that the first screen loads, as a browser gets it (gzip).
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const budget = 250 * 1024;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

const wanted = ["index.html", "src/features/overview/OverviewScreen.tsx"];
const chunks = new Set();
function add(name) {
  if (chunks.has(name)) return;
  chunks.add(name);
  for (const dependency of manifest[name].imports ?? []) add(dependency);
}
wanted.forEach(add);

let total = 0;
for (const name of chunks) {
  const { file } = manifest[name];
  const bytes = gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;
  total += bytes;
  console.log(`${(bytes / 1024).toFixed(1).padStart(8)} KB  ${file}`);
}
console.log(
  `${(total / 1024).toFixed(1).padStart(8)} KB  first load, gzip (at most ${budget / 1024} KB)`,
);
if (total > budget) process.exit(1);
