// PostGraphile over the schema "peers" of a mirror, in as many workers as it is told. It prints
// its address once all of them listen.
import cluster from "node:cluster";
import { createServer } from "node:http";
import { PgAggregatesPreset } from "@graphile/pg-aggregates";
import { PgSimplifyInflectionPreset } from "@graphile/simplify-inflection";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { PostGraphileConnectionFilterPreset } from "postgraphile-plugin-connection-filter";

const { DATABASE_URL, PORT, WORKERS } = process.env;

if (cluster.isPrimary) {
  let listening = 0;
  cluster.on("listening", () => {
    listening += 1;
    if (listening === Number(WORKERS)) console.log(`http://127.0.0.1:${PORT}`);
  });
  cluster.on("exit", () => process.exit(1));
  for (let n = 0; n < Number(WORKERS); n += 1) cluster.fork();
} else {
  const server = createServer();
  const instance = postgraphile({
    extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset, PostGraphileConnectionFilterPreset, PgAggregatesPreset],
    pgServices: [makePgService({ connectionString: DATABASE_URL, schemas: ["peers"] })],
    grafserv: { graphiql: false, watch: false, websockets: false },
    grafast: { explain: false },
  });
  await instance.createServ(grafserv).addTo(server);
  server.listen(Number(PORT), "127.0.0.1");
}
