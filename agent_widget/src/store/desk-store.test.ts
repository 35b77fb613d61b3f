import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeSocket } from "../testing/fake-socket";
import { AT, call, desk, draft, snapshot, suggestion } from "../testing/samples";
import type { DirectoryInfo } from "../generated/messages";
import { type Api, Refusal } from "./api";
import { byHand, type Unsent } from "./contact-draft";
import { DeskStore } from "./desk-store";

const directory: DirectoryInfo = { destinations: [], topics: ["refund"], states: [] };

async function setUp(phase: "talking" | "wrap_up" = "talking", before: Unsent | null = null) {
  const api = {
    desk: vi.fn(() => Promise.resolve(snapshot(desk({ call: call({ phase, suggestions: [suggestion("s1")] }) }), 0))),
    ticket: vi.fn(() => Promise.resolve({ url: "ws://gateway/" })),
    directory: vi.fn(() => Promise.resolve(directory)),
    transfer: vi.fn(() => Promise.resolve(null)),
    pauseRecording: vi.fn(() => Promise.resolve(null)),
    dismiss: vi.fn(() => Promise.resolve(null)),
    saveDraft: vi.fn(() => Promise.resolve(null)),
    confirm: vi.fn(() => Promise.resolve(null)),
    contacts: vi.fn(() => Promise.resolve({ items: [], next: null })),
  };
  const sockets: FakeSocket[] = [];
  const store = new DeskStore(api as unknown as Api, before, (url) => {
    const socket = new FakeSocket(url);
    sockets.push(socket);
    return socket as unknown as WebSocket;
  });
  store.start();
  await vi.advanceTimersByTimeAsync(0);
  let offset = 0;
  const connect = async () => {
    sockets[0]?.say({ type: "subscribed", recovered: true });
    await vi.advanceTimersByTimeAsync(0);
  };
  const tell = (event: object) => sockets[0]?.say({ type: "event", epoch: "e", offset: ++offset, event });
  return { api, connect, store, tell };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("commands", () => {
  it("accept a suggestion as a transfer to its destination", async () => {
    const { api, store } = await setUp();
    await store.accept("s1");
    expect(api.transfer).toHaveBeenCalledWith("c1", { destination: "pension_analyst", suggestion_id: "s1" });
    await store.accept("gone");
    expect(api.transfer).toHaveBeenCalledTimes(1);
  });

  it("pause the recording, and end a pause whoever made it", async () => {
    const { api, connect, store, tell } = await setUp();
    await connect();
    const states = ["paused", "secret", "off"] as const;
    await store.record();
    for (const recording of states) {
      tell({ type: "RecordingChanged", at: AT, call_id: "c1", recording });
      await vi.advanceTimersByTimeAsync(0);
      await store.record();
    }
    expect(api.pauseRecording.mock.calls).toEqual([
      ["c1", { paused: true, kind: "paused" }],
      ["c1", { paused: false, kind: "paused" }],
      ["c1", { paused: false, kind: "secret" }],
    ]);
  });

  it("send nobody to an agency outside the plan", async () => {
    const { api, store } = await setUp();
    api.directory.mockResolvedValue({
      destinations: [{ id: "pension_analyst", name: "", kind: "agency", purpose: "" }],
      topics: [],
      states: [],
    });
    store.link("live");
    await vi.advanceTimersByTimeAsync(0);
    await store.accept("s1");
    expect(api.transfer).not.toHaveBeenCalled();
  });

  it("happen once, however often the key is pressed", async () => {
    const { api, store } = await setUp();
    await Promise.all([store.accept("s1"), store.accept("s1"), store.dismiss("s1")]);
    expect(api.transfer).toHaveBeenCalledTimes(1);
    expect(api.dismiss).not.toHaveBeenCalled();
    expect(store.view.busy).toBeNull();
  });

  it("say why they were refused", async () => {
    const { api, store } = await setUp();
    api.transfer.mockRejectedValue(new Refusal(409, "Conflict", "The call is over"));
    await store.accept("s1");
    expect(store.view.notice).toEqual({ kind: "problem", text: "The call is over" });
    expect(store.view.busy).toBeNull();
  });
});

describe("the draft", () => {
  const changed = (fields: object) => ({ type: "DraftChanged", at: AT, call_id: "c1", draft: draft(fields) });

  it("keeps what the agent typed while the server writes the rest", async () => {
    const { store, tell } = await setUp();
    store.edit({ summary: "mine" });
    tell(changed({ summary: "theirs", reason: "Refund" }));
    expect(store.view.draft).toMatchObject({ summary: "mine", reason: "Refund" });
  });

  it("is saved once the typing pauses", async () => {
    const { api, store } = await setUp();
    store.edit({ summary: "m" });
    store.edit({ summary: "mine " });
    expect(store.view.saved).toBe("editing");
    await vi.advanceTimersByTimeAsync(799);
    expect(api.saveDraft).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(api.saveDraft).toHaveBeenCalledExactlyOnceWith("c1", draft({ summary: "mine" }));
    expect(store.view.saved).toBe("saved");
  });

  it("says when it could not be saved", async () => {
    const { api, store } = await setUp();
    api.saveDraft.mockRejectedValue(new Refusal(503, "Unavailable", "The database is busy"));
    store.edit({ summary: "mine" });
    await vi.advanceTimersByTimeAsync(800);
    expect(store.view).toMatchObject({ saved: "failed", notice: { text: "The database is busy" } });
  });

  it("is saved again when the connection stands again", async () => {
    const { api, connect, store } = await setUp();
    api.saveDraft.mockRejectedValueOnce(new Refusal(0, "The server cannot be reached."));
    store.edit({ summary: "mine" });
    await vi.advanceTimersByTimeAsync(800);
    await connect();
    expect(api.saveDraft).toHaveBeenCalledTimes(2);
    expect(store.view).toMatchObject({ saved: "saved", draft: { summary: "mine" } });
  });

  it("outlives a session that ended, for the same agent and call", async () => {
    const ended = await setUp();
    ended.store.edit({ summary: "mine" });
    const unsent = ended.store.unsent;
    expect(unsent).toEqual({ agent_id: "a1", call_id: "c1", fields: { summary: "mine" } });

    const again = await setUp("talking", unsent);
    expect(again.store.view.draft?.summary).toBe("mine");
    await again.connect();
    expect(again.api.saveDraft).toHaveBeenCalledExactlyOnceWith("c1", draft({ summary: "mine" }));
    expect(again.store.unsent).toBeNull();

    const other = await setUp("talking", { ...unsent, agent_id: "a2" } as Unsent);
    expect(other.store.view).toMatchObject({ draft: { summary: "" }, notice: null });
  });

  it("is said to be lost where its call is gone when its agent is back", async () => {
    const { api, connect, store } = await setUp("talking", {
      agent_id: "a1",
      call_id: "c0",
      fields: { summary: "mine" },
    });
    expect(store.view.notice).toMatchObject({ kind: "problem" });
    expect(store.view.notice?.text).toContain("what you typed last is lost");
    await connect();
    expect(api.saveDraft).not.toHaveBeenCalled();
    expect(store.view.draft?.summary).toBe("");
  });

  it("is saved before another call takes its place, and does not follow to that call", async () => {
    const { api, store, tell } = await setUp();
    store.edit({ summary: "mine" });
    tell({ type: "CallOffered", at: AT, call: call({ call_id: "c2" }) });
    await vi.advanceTimersByTimeAsync(0);
    expect(api.saveDraft).toHaveBeenCalledExactlyOnceWith("c1", draft({ summary: "mine" }));
    expect(store.view.draft).toEqual(draft());
  });
});

describe("confirming", () => {
  it("sends the draft as the form shows it, without empty lines", async () => {
    const { api, store } = await setUp("wrap_up");
    store.edit({
      summary: "Wants a refund",
      commitments: ["call back", " "],
      updates: [byHand("phone", "")],
    });
    await store.confirm();
    expect(api.confirm).toHaveBeenCalledWith("c1", draft({ summary: "Wants a refund", commitments: ["call back"] }));
    await vi.advanceTimersByTimeAsync(1000);
    expect(api.saveDraft).not.toHaveBeenCalled();
  });

  it("waits until the call is over and something is written", async () => {
    const live = await setUp("talking");
    await live.store.confirm();
    expect(live.api.confirm).not.toHaveBeenCalled();
    const empty = await setUp("wrap_up");
    await empty.store.confirm();
    expect(empty.api.confirm).not.toHaveBeenCalled();
    expect(empty.store.view.notice?.kind).toBe("problem");
  });

  it("lists the contact among the recent ones", async () => {
    const { store, tell } = await setUp("wrap_up");
    store.edit({ summary: "Wants a refund", resolution: "follow_up" });
    await store.confirm();
    tell({ type: "ContactConfirmed", at: AT, call_id: "c1", contact_id: "k1" });
    expect(store.view.desk?.call).toBeNull();
    expect(store.view.recent).toEqual([
      { contact_id: "k1", at: AT, name: "Harriet Lindqvist", summary: "Wants a refund", resolution: "follow_up" },
    ]);
  });
});

describe("two tabs of one desk", () => {
  const confirmed = { type: "ContactConfirmed", at: AT, call_id: "c1", contact_id: "k1" };

  it("who types while the other tab confirms is told that it is not in the contact", async () => {
    const { api, store, tell } = await setUp("wrap_up");
    tell({ type: "DraftChanged", at: AT, call_id: "c1", draft: draft({ summary: "Of the other tab" }) });
    store.edit({ summary: "Of this tab" });
    tell(confirmed);
    await vi.advanceTimersByTimeAsync(1000);
    expect(store.view.notice?.text).toContain("confirmed elsewhere");
    expect(store.view.recent.map((one) => one.summary)).toEqual(["Of the other tab"]);
    expect(api.saveDraft).not.toHaveBeenCalled();
  });

  it("who confirms second is told so, whichever comes first: the refusal or the event", async () => {
    for (const refusedFirst of [true, false]) {
      const { api, store, tell } = await setUp("wrap_up");
      let refuse: (why: Refusal) => void = () => undefined;
      api.confirm.mockReturnValue(new Promise((_, reject) => (refuse = reject)));
      store.edit({ summary: "Of this tab" });
      const confirming = store.confirm();
      await vi.advanceTimersByTimeAsync(0);
      if (!refusedFirst) tell(confirmed);
      refuse(new Refusal(409, "Conflict", "This contact is confirmed already."));
      await confirming;
      if (refusedFirst) tell(confirmed);
      expect(store.view.notice?.kind).toBe("problem");
      expect(store.view).toMatchObject({ desk: { call: null }, busy: null });
    }
  });

  it("who has nothing unsent is not bothered", async () => {
    const { store, tell } = await setUp("wrap_up");
    tell(confirmed);
    expect(store.view.notice).toBeNull();
  });
});

it("an offer that ended says why", async () => {
  const { store, tell } = await setUp();
  tell({ type: "OfferEnded", at: AT, call_id: "c1", why: "not answered in time" });
  expect(store.view.notice).toEqual({ kind: "news", text: "The call left your phone: not answered in time" });
});
