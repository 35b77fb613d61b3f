/**
 * Several desks' connections in Node, against a real server: for the test that drops, doubles and restarts.
 * Arguments: the server's address, the session's cookie, how many desks. Each line on standard input asks for a
 * report; its end is ours.
 */

import type { AnyDeskEvent, DeskState } from "../generated/messages";
import { Api } from "../store/api";
import { apply } from "../store/apply";
import { Connection } from "../store/connection";
import { EMPTY, type Feed } from "../store/feed";

/** All of Node that is used here. */
declare const process: {
  argv: string[];
  stdin: { on(event: "data" | "end", listener: () => void): void };
  exit(): never;
};

const [address = "", cookie = "", desks = "1"] = process.argv.slice(2);

const plainFetch = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const headers = new Headers(init?.headers);
  headers.set("Cookie", cookie);
  return plainFetch(input, { ...init, headers });
};

const feeds: Feed<DeskState, AnyDeskEvent>[] = [];
let snapshots = 0;
for (let n = 0; n < Number(desks); n++) {
  feeds.push(EMPTY);
  const api = new Api(address);
  const connection = new Connection(
    { snapshot: api.desk, ticket: api.ticket, apply },
    {
      changed: (feed, event) => {
        feeds[n] = feed;
        if (event === undefined) snapshots += 1;
      },
      link: () => undefined,
      refused: (refusal) => {
        console.error(refusal.message);
      },
    },
  );
  void connection.run();
}

process.stdin.on("data", () => {
  console.log(JSON.stringify({ feeds: feeds.map(({ state, position }) => ({ state, position })), snapshots }));
});
process.stdin.on("end", () => process.exit());
