import { describe, expect, it } from "vitest";
import type { AnyDeskEvent } from "../generated/messages";
import { AT, agentState, call, desk, snapshot, suggestion, utterance } from "../testing/samples";
import { apply } from "./apply";
import { EMPTY, type EventFrame, feeding } from "./feed";

const { receive, load } = feeding(apply);
type Frame = EventFrame<AnyDeskEvent>;

const STORY: readonly AnyDeskEvent[] = [
  { type: "StateChanged", at: AT, state: agentState("ringing") },
  { type: "CallOffered", at: AT, call: call({ phase: "ringing", answered_at: null }) },
  { type: "CallChanged", at: AT, call_id: "c1", phase: "talking" },
  { type: "Words", at: AT, call_id: "c1", utterance: utterance("u1", { text: "my", final: false }) },
  { type: "Words", at: AT, call_id: "c1", utterance: utterance("u1", { text: "my check" }) },
  { type: "Suggested", at: AT, call_id: "c1", suggestion: suggestion("s1") },
  { type: "SuggestionWithdrawn", at: AT, call_id: "c1", suggestion_id: "s1" },
  { type: "CallChanged", at: AT, call_id: "c1", phase: "wrap_up" },
  { type: "ContactConfirmed", at: AT, call_id: "c1", contact_id: "k1" },
];
const frames = STORY.map((event, index): Frame => ({ epoch: "e", offset: index + 1, event }));
const stateAt = (offset: number) => STORY.slice(0, offset).reduce(apply, desk());

describe("a feed", () => {
  it("shows what passes by to who is up to date, and to nobody else", () => {
    const start = load(EMPTY, snapshot(desk({ call: call() }), 4));
    const spoken = utterance("u9", { final: false, text: "i mov" });
    const passing = {
      epoch: "e",
      offset: 4,
      kept: false,
      event: { type: "Words", at: AT, call_id: "c1", utterance: spoken } as const,
    };
    const shown = receive(start, passing);
    expect(shown.state?.call?.transcript).toEqual([spoken]);
    expect(shown.position).toEqual(start.position);
    expect(receive(start, { ...passing, offset: 3 })).toBe(start);
    expect(receive(start, { ...passing, offset: 5 })).toBe(start);
    expect(receive(EMPTY, passing)).toBe(EMPTY);
  });

  it("is the same from every snapshot: state plus events equals a fresh fetch", () => {
    for (let from = 0; from <= frames.length; from++) {
      const feed = frames.slice(from).reduce(receive, load(EMPTY, snapshot(stateAt(from), from)));
      expect(feed.state).toEqual(stateAt(frames.length));
      expect(feed.stale).toBe(false);
    }
  });

  it("takes an event once, however often it comes", () => {
    const start = load(EMPTY, snapshot(stateAt(0), 0));
    const twice = frames.flatMap((frame) => [frame, frame]).reduce(receive, start);
    expect(twice.state).toEqual(stateAt(frames.length));
  });

  it("asks for a snapshot at a gap, and goes on from it with what came meanwhile", () => {
    for (let lost = 1; lost < frames.length; lost++) {
      const start = load(EMPTY, snapshot(stateAt(0), 0));
      const gapped = frames.filter((frame) => frame.offset !== lost).reduce(receive, start);
      expect(gapped.stale).toBe(true);
      for (let held = lost; held <= frames.length; held++) {
        const healed = load(gapped, snapshot(stateAt(held), held));
        expect(healed.stale).toBe(false);
        expect(healed.state).toEqual(stateAt(frames.length));
      }
    }
  });

  it("stays stale where the snapshot is older than the gap", () => {
    const start = load(EMPTY, snapshot(stateAt(0), 0));
    const gapped = frames.slice(4).reduce(receive, start);
    expect(load(gapped, snapshot(stateAt(2), 2)).stale).toBe(true);
  });

  it("asks for a snapshot in another epoch", () => {
    const start = load(EMPTY, snapshot(stateAt(0), 0));
    expect(receive(start, { epoch: "f", offset: 1, event: STORY[0] as AnyDeskEvent }).stale).toBe(true);
  });

  it("takes nothing of an epoch that ended while the snapshot was on its way", () => {
    const start = load(EMPTY, snapshot(stateAt(0), 0));
    const old = receive(start, { epoch: "e", offset: 3, event: STORY[2] as AnyDeskEvent });
    const both = receive(old, { epoch: "f", offset: 1, event: STORY[0] as AnyDeskEvent });
    const fresh = load(both, snapshot(stateAt(0), 0, "f"));
    expect(fresh).toMatchObject({ stale: false, position: { epoch: "f", offset: 1 } });
    expect(fresh.state).toEqual(stateAt(1));
  });

  it("keeps what comes before the first snapshot, up to a bound", () => {
    const early = frames.reduce(receive, EMPTY);
    expect(load(early, snapshot(stateAt(0), 0)).state).toEqual(stateAt(frames.length));
    const flood = Array.from({ length: 3000 }, (_, n): Frame => ({
      epoch: "e",
      offset: n + 1,
      event: { type: "StateChanged", at: AT, state: agentState("paused") },
    }));
    expect(flood.reduce(receive, EMPTY).early).toHaveLength(1000);
  });
});
