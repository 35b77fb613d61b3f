/**
 * Several desks' connections in Node, against a real server: for the test that drops, doubles and restarts.
 * Arguments: the server's address, the session's cookie, how many desks. Each line on standard input asks for a report.
 */

import { createInterface } from "node:readline";
import { Api } from "../store/api";
import { Connection } from "../store/connection";
import { EMPTY, type Feed } from "../store/feed";

const [address = "", cookie = "", desks = "1"] = process.argv.slice(2);

const plainFetch = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const headers = new Headers(init?.headers);
  headers.set("Cookie", cookie);
  return plainFetch(input, { ...init, headers });
};

const feeds: Feed[] = [];
let snapshots = 0;
for (let n = 0; n < Number(desks); n++) {
  feeds.push(EMPTY);
  const connection = new Connection(new Api(address), {
    changed: (feed, event) => {
      feeds[n] = feed;
      if (event === undefined) snapshots += 1;
    },
    link: () => undefined,
    refused: (refusal) => {
      console.error(refusal.message);
    },
  });
  void connection.run();
}

createInterface({ input: process.stdin }).on("line", () => {
  console.log(JSON.stringify({ feeds: feeds.map(({ state, position }) => ({ state, position })), snapshots }));
});
