import { describe, expect, it } from "vitest";
import type { AnyDeskEvent, DeskState } from "../generated/messages";
import { AT, agentState, call, desk, draft, member, suggestion, utterance } from "../testing/samples";
import { apply } from "./apply";

const LATER = "2026-03-10T14:05:00Z";
const talking = desk({ call: call() });
const after = (state: DeskState, ...events: AnyDeskEvent[]) => events.reduce(apply, state);
const words = (text: ReturnType<typeof utterance>): AnyDeskEvent => ({
  type: "Words",
  at: AT,
  call_id: "c1",
  utterance: text,
});

describe("a desk", () => {
  it("shows an offered call in place of the one before", () => {
    const next = call({ call_id: "c2", phase: "ringing" });
    expect(after(talking, { type: "CallOffered", at: LATER, call: next }).call).toBe(next);
  });

  it("becomes what it is where the server began anew", () => {
    const now = desk({ state: agentState("paused") });
    expect(after(talking, { type: "DeskReplaced", at: LATER, state: now })).toBe(now);
  });

  it("counts a presence from when it changed", () => {
    const paused = agentState("paused", LATER);
    expect(after(desk(), { type: "StateChanged", at: LATER, state: paused }).state).toBe(paused);
  });

  it("is free when the offer ended or the contact was confirmed", () => {
    expect(after(talking, { type: "OfferEnded", at: LATER, call_id: "c1", why: "no answer" }).call).toBeNull();
    expect(after(talking, { type: "ContactConfirmed", at: LATER, call_id: "c1", contact_id: "k1" }).call).toBeNull();
  });

  it("ignores what concerns another call", () => {
    expect(after(talking, { type: "OfferEnded", at: LATER, call_id: "other", why: "" })).toBe(talking);
    expect(after(desk(), words(utterance("u1"))).call).toBeNull();
  });

  it("ignores events that it does not know", () => {
    const fromTheFuture = { type: "CallScored", at: AT, call_id: "c1", score: 3 } as unknown as AnyDeskEvent;
    expect(after(talking, fromTheFuture)).toEqual(talking);
    const elsewhere = { type: "BoardMoved", at: AT } as unknown as AnyDeskEvent;
    expect(after(talking, elsewhere)).toBe(talking);
  });

  it("never changes a state that it was given", () => {
    const frozen = Object.freeze({ ...talking, call: Object.freeze(call({ transcript: Object.freeze([]) })) });
    expect(after(frozen, words(utterance("u1"))).call?.transcript).toHaveLength(1);
    expect(frozen.call.transcript).toHaveLength(0);
  });
});

describe("a call", () => {
  const changed = (phase: "talking" | "held" | "wrap_up", at: string): AnyDeskEvent => ({
    type: "CallChanged",
    at,
    call_id: "c1",
    phase,
  });

  it("is answered once, however often it is held", () => {
    const ringing = desk({ call: call({ phase: "ringing", answered_at: null }) });
    const back = after(ringing, changed("talking", AT), changed("held", LATER), changed("talking", LATER));
    expect([back.call?.phase, back.call?.answered_at]).toEqual(["talking", AT]);
  });

  it("ends with wrap-up", () => {
    expect(after(talking, changed("wrap_up", LATER)).call?.ended_at).toBe(LATER);
  });

  it("gets the member whom the directory found late", () => {
    const { caller } = call();
    const late = { ...caller, chosen: "Refunds" };
    const found: AnyDeskEvent = {
      type: "MemberFound",
      at: AT,
      call_id: "c1",
      caller: late,
      member: member(),
      candidates: [],
      briefing: "From Ann.",
    };
    const state = after(desk({ call: call({ member: null }) }), found);
    expect(state.call).toMatchObject({ member: { member_id: "m1" }, caller: late, briefing: "From Ann." });
  });

  it("may lose its transcription half-way", () => {
    const event: AnyDeskEvent = { type: "TranscriptionChanged", at: AT, call_id: "c1", transcribed: "gap" };
    expect(after(talking, event).call).toMatchObject({ transcribed: "gap", phase: "talking" });
  });

  it("takes the server's draft and transfer as they are", () => {
    const state = after(
      talking,
      { type: "DraftChanged", at: AT, call_id: "c1", draft: draft({ reason: "Payment" }) },
      {
        type: "TransferChanged",
        at: AT,
        call_id: "c1",
        transfer: {
          destination: "supervisor",
          destination_name: "Supervisor",
          state: "failed",
          why: "Nobody answered",
        },
      },
    );
    expect(state.call?.draft.reason).toBe("Payment");
    expect(state.call?.transfer?.why).toBe("Nobody answered");
  });
});

describe("a transcript", () => {
  const texts = (state: DeskState) => state.call?.transcript.map((one) => one.text);

  it("replaces growing words under their id", () => {
    const state = after(
      talking,
      words(utterance("u1", { text: "i moved", final: false })),
      words(utterance("u1", { text: "i moved last month" })),
    );
    expect(texts(state)).toEqual(["i moved last month"]);
  });

  it("stands in the order in which people began to speak", () => {
    const state = after(
      talking,
      words(utterance("u1", { start_s: 1, end_s: 2, text: "first" })),
      words(utterance("u3", { start_s: 9, end_s: 9.5, text: "third" })),
      words(utterance("u2", { start_s: 4, end_s: 12, text: "second" })),
    );
    expect(texts(state)).toEqual(["first", "second", "third"]);
  });

  it("has a bound", () => {
    const many = Array.from({ length: 5000 }, (_, n) => utterance(`u${n}`, { start_s: n, end_s: n + 1 }));
    const state = after(desk({ call: call({ transcript: many }) }), words(utterance("last", { start_s: 6000 })));
    expect(state.call?.transcript).toHaveLength(5000);
    expect(state.call?.transcript.at(-1)?.utterance_id).toBe("last");
  });
});

describe("suggestions", () => {
  const suggested = (id: string): AnyDeskEvent => ({
    type: "Suggested",
    at: AT,
    call_id: "c1",
    suggestion: suggestion(id),
  });
  const ids = (state: DeskState) => state.call?.suggestions.map((one) => one.suggestion_id);

  it("are for who talks: they go with the call, and none comes after it", () => {
    const over: AnyDeskEvent = { type: "CallChanged", at: LATER, call_id: "c1", phase: "wrap_up" };
    expect(ids(after(talking, suggested("s1"), over, suggested("s2")))).toEqual([]);
    const transfer = { destination: "d", destination_name: "D", state: "completed", why: "" } as const;
    expect(
      ids(after(talking, suggested("s1"), { type: "TransferChanged", at: LATER, call_id: "c1", transfer })),
    ).toEqual([]);
  });

  it("keep the newest two, the newest last", () => {
    expect(ids(after(talking, suggested("s1"), suggested("s2"), suggested("s1"), suggested("s3")))).toEqual([
      "s1",
      "s3",
    ]);
  });

  it("leave when withdrawn", () => {
    const state = after(talking, suggested("s1"), {
      type: "SuggestionWithdrawn",
      at: AT,
      call_id: "c1",
      suggestion_id: "s1",
    });
    expect(ids(state)).toEqual([]);
  });
});
