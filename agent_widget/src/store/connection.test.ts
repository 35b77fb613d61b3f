import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AnyDeskEvent, DeskInfo, DeskState } from "../generated/messages";
import { FakeSocket } from "../testing/fake-socket";
import { AT, agentState, desk, snapshot } from "../testing/samples";
import { Refusal } from "./api";
import { apply } from "./apply";
import { backoff, Connection, type Link } from "./connection";
import type { Feed } from "./feed";

const paused: AnyDeskEvent = { type: "StateChanged", at: AT, state: agentState("paused") };

function setUp() {
  const sockets: FakeSocket[] = [];
  const links: Link[] = [];
  const refusals: Refusal[] = [];
  const seen: { feed: Feed<DeskState, AnyDeskEvent> | null } = { feed: null };
  const api = {
    desk: vi.fn<() => Promise<DeskInfo>>(() => Promise.resolve(snapshot(desk(), 5))),
    ticket: vi.fn(() => Promise.resolve({ ticket: "t", url: "ws://gateway/?ticket=t", expires_s: 30 })),
  };
  const connection = new Connection(
    { snapshot: api.desk, ticket: api.ticket, apply },
    {
      changed: (feed) => (seen.feed = feed),
      link: (link) => links.push(link),
      refused: (refusal) => refusals.push(refusal),
    },
    (url) => {
      const socket = new FakeSocket(url);
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
  );
  const socket = (n: number): FakeSocket => {
    const found = sockets[n];
    if (found === undefined) throw new Error(`no socket ${n}`);
    return found;
  };
  return { api, connection, links, refusals, seen, sockets, socket };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("a connection", () => {
  it("subscribes from where its snapshot stands, and applies what follows", async () => {
    const { connection, links, seen, socket } = setUp();
    void connection.run();
    await settle();
    expect(socket(0).url).toBe("ws://gateway/?ticket=t&v=1");
    socket(0).say({ type: "hello", version: 1 });
    expect(socket(0).sent).toEqual([{ type: "subscribe", subject: "agent.a1", epoch: "e", offset: 5 }]);
    socket(0).say({ type: "subscribed", recovered: true, epoch: "e", offset: 5 });
    socket(0).say({ type: "event", subject: "agent.a1", epoch: "e", offset: 6, event: paused });
    expect(links).toEqual(["connecting", "live"]);
    expect(seen.feed?.state?.state.presence).toBe("paused");
    connection.stop();
  });

  it("comes back after a drop with what it has, without a new snapshot", async () => {
    const { api, connection, links, socket } = setUp();
    void connection.run();
    await settle();
    socket(0).say({ type: "hello" });
    socket(0).say({ type: "subscribed", recovered: true });
    socket(0).say({ type: "event", epoch: "e", offset: 6, event: paused });
    socket(0).close();
    await settle();
    expect(links.at(-1)).toBe("reconnecting");
    await vi.advanceTimersByTimeAsync(500);
    socket(1).say({ type: "hello" });
    expect(socket(1).sent).toEqual([{ type: "subscribe", subject: "agent.a1", epoch: "e", offset: 6 }]);
    socket(1).say({ type: "subscribed", recovered: true });
    expect(links.at(-1)).toBe("live");
    expect(api.desk).toHaveBeenCalledTimes(1);
    connection.stop();
  });

  it("fetches again when the server cannot give the past", async () => {
    const { api, connection, seen, socket } = setUp();
    void connection.run();
    await settle();
    socket(0).say({ type: "hello" });
    api.desk.mockResolvedValue(snapshot(desk({ state: agentState("wrap_up") }), 1, "f"));
    socket(0).say({ type: "subscribed", recovered: false, epoch: "f", offset: 2 });
    socket(0).say({ type: "event", epoch: "f", offset: 2, event: paused });
    await settle();
    expect(seen.feed).toMatchObject({ stale: false, position: { epoch: "f", offset: 2 } });
    expect(seen.feed?.state?.state.presence).toBe("paused");
    connection.stop();
  });

  it("fetches again at a gap, once", async () => {
    const { api, connection, seen, socket } = setUp();
    void connection.run();
    await settle();
    socket(0).say({ type: "hello" });
    socket(0).say({ type: "subscribed", recovered: true });
    api.desk.mockResolvedValue(snapshot(desk({ state: agentState("paused") }), 9));
    socket(0).say({ type: "event", epoch: "e", offset: 8, event: paused });
    socket(0).say({ type: "event", epoch: "e", offset: 9, event: paused });
    await settle();
    expect(api.desk).toHaveBeenCalledTimes(2);
    expect(seen.feed?.position?.offset).toBe(9);
    connection.stop();
  });

  it("lets no late snapshot of an earlier conversation undo what a later one knows", async () => {
    const { api, connection, seen, socket } = setUp();
    void connection.run();
    await settle();
    socket(0).say({ type: "hello" });
    let answer: (late: DeskInfo) => void = () => undefined;
    api.desk.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    socket(0).say({ type: "event", epoch: "e", offset: 8, event: paused });
    socket(0).close();
    api.desk.mockResolvedValue(snapshot(desk({ state: agentState("wrap_up") }), 12));
    await vi.advanceTimersByTimeAsync(600);
    socket(1).say({ type: "hello" });
    socket(1).say({ type: "subscribed", recovered: true, epoch: "e", offset: 12 });
    answer(snapshot(desk(), 7));
    await settle();
    expect(seen.feed?.position?.offset).toBe(12);
    expect(seen.feed?.state?.state.presence).toBe("wrap_up");
    connection.stop();
  });

  it("comes back to a server that has begun anew, whatever was still waiting", async () => {
    const { api, connection, links, seen, sockets, socket } = setUp();
    void connection.run();
    await settle();
    socket(0).say({ type: "hello" });
    api.desk.mockRejectedValueOnce(new Refusal(503, "Unavailable"));
    socket(0).say({ type: "event", epoch: "e", offset: 9, event: paused });
    api.desk.mockResolvedValue(snapshot(desk(), 1, "f"));
    await vi.advanceTimersByTimeAsync(1000);
    socket(1).say({ type: "hello" });
    expect(socket(1).sent).toEqual([{ type: "subscribe", subject: "agent.a1", epoch: "f", offset: 1 }]);
    socket(1).say({ type: "subscribed", recovered: true, epoch: "f", offset: 1 });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sockets).toHaveLength(2);
    expect(links.at(-1)).toBe("live");
    expect(seen.feed?.stale).toBe(false);
    connection.stop();
  });

  it("leaves out what only newer servers know", async () => {
    const { connection, seen, socket } = setUp();
    void connection.run();
    await settle();
    socket(0).say({ type: "hello", version: 1, motto: "on time" });
    socket(0).say({ type: "subscribed", recovered: true, epoch: "e", offset: 5, shard: 3 });
    const event = { ...paused, weather: "fair", state: { ...agentState("paused"), mood: "calm" } };
    socket(0).say({ type: "event", subject: "agent.a1", epoch: "e", offset: 6, event, trace: "x" });
    expect(seen.feed?.state?.state.presence).toBe("paused");
    connection.stop();
  });

  it("gives up a line that went silent", async () => {
    const { connection, links, socket } = setUp();
    void connection.run();
    await settle();
    socket(0).say({ type: "hello" });
    socket(0).say({ type: "subscribed", recovered: true });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(socket(0).sent).toHaveLength(2);
    socket(0).say({ type: "subscribed", recovered: true });
    await vi.advanceTimersByTimeAsync(19_000);
    expect(socket(0).closed).toBe(false);
    await vi.advanceTimersByTimeAsync(12_000);
    expect(socket(0).closed).toBe(true);
    expect(links).toContain("reconnecting");
    connection.stop();
  });

  it("ends when the session is over", async () => {
    const { api, connection, links, sockets } = setUp();
    api.desk.mockRejectedValue(new Refusal(401, "Unauthorized"));
    await connection.run();
    expect(links.at(-1)).toBe("signed_out");
    expect(sockets).toHaveLength(0);
  });

  it("keeps trying while the server is away, and says so when it refuses", async () => {
    const { api, connection, refusals, sockets } = setUp();
    api.desk.mockRejectedValueOnce(new Refusal(0, "unreachable"));
    api.desk.mockRejectedValueOnce(new Refusal(503, "Unavailable", "The database is busy"));
    void connection.run();
    await vi.advanceTimersByTimeAsync(3000);
    expect(refusals.map((one) => one.message)).toEqual(["The database is busy"]);
    expect(sockets).toHaveLength(1);
    connection.stop();
  });

  it("comes back when the gateway that ended as planned asked it to", async () => {
    const { connection, sockets, socket } = setUp();
    void connection.run();
    await settle();
    socket(0).say({ type: "hello" });
    socket(0).say({ type: "bye", return_after_s: 9 });
    socket(0).close(1001);
    await vi.advanceTimersByTimeAsync(8900);
    expect(sockets).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(700);
    expect(sockets).toHaveLength(2);
    connection.stop();
  });

  it("comes back when it was cut off for being too slow, and is current again", async () => {
    const { api, connection, links, seen, socket } = setUp();
    void connection.run();
    await settle();
    socket(0).say({ type: "hello" });
    socket(0).say({ type: "subscribed", recovered: true });
    socket(0).close(4008);
    await vi.advanceTimersByTimeAsync(500);
    socket(1).say({ type: "hello" });
    expect(socket(1).sent).toEqual([{ type: "subscribe", subject: "agent.a1", epoch: "e", offset: 5 }]);
    socket(1).say({ type: "subscribed", recovered: true, epoch: "e", offset: 6 });
    socket(1).say({ type: "event", epoch: "e", offset: 6, event: paused });
    expect(links.at(-1)).toBe("live");
    expect(seen.feed).toMatchObject({
      stale: false,
      position: { offset: 6 },
      state: { state: { presence: "paused" } },
    });
    expect(api.desk).toHaveBeenCalledTimes(1);
    connection.stop();
  });

  it("opens nothing where it was stopped while it asked", async () => {
    const { connection, sockets } = setUp();
    void connection.run();
    connection.stop();
    await settle();
    expect(sockets).toHaveLength(0);
  });

  it("stops where the server speaks a newer protocol only: the page must be loaded anew", async () => {
    const { connection, links, sockets, socket } = setUp();
    void connection.run();
    await settle();
    socket(0).close(4406);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(links.at(-1)).toBe("outdated");
    expect(sockets).toHaveLength(1);
  });

  it("lives with frames that it cannot read", async () => {
    const { connection, seen, socket } = setUp();
    void connection.run();
    await settle();
    for (const nonsense of ["", "{", "null", "[]", '{"type":"score"}']) socket(0).say(nonsense);
    socket(0).say({ type: "hello" });
    socket(0).say({ type: "event", epoch: "e", offset: 6, event: paused });
    expect(seen.feed?.state?.state.presence).toBe("paused");
    connection.stop();
  });

  it("tries again at once when the machine's network is back", async () => {
    const { connection, sockets, socket } = setUp();
    void connection.run();
    await settle();
    socket(0).close();
    await settle();
    connection.hurry();
    await settle();
    expect(sockets).toHaveLength(2);
    connection.stop();
  });
});

describe("the wait before another try", () => {
  it("doubles up to 15 s, and is never the same for all", () => {
    expect([0, 1, 2, 3].map((attempt) => backoff(attempt, 1))).toEqual([500, 1000, 2000, 4000]);
    expect(backoff(50, 1)).toBe(15_000);
    expect(backoff(3, 0)).toBe(2000);
  });
});
