import { describe, expect, it } from "vitest";
import type { CallLine, Wall, WallChanged } from "../generated/messages";
import { AT, agentState } from "../testing/samples";
import { applyToWall } from "./wall";

const line = (call_id: string, fields: Partial<CallLine> = {}): CallLine => ({
  call_id,
  caller: "Harriet Lindqvist",
  member_id: "m1",
  protected: false,
  queue: "general",
  phase: "waiting",
  agent: "",
  started_at: AT,
  chosen: "Payments",
  alarms: [],
  ...fields,
});
const changed = (fields: Partial<WallChanged>): WallChanged => ({
  type: "WallChanged",
  at: AT,
  queues: [],
  agents: [],
  calls: [],
  queues_gone: [],
  agents_gone: [],
  calls_gone: [],
  anew: false,
  ...fields,
});
const dana = { agent_id: "a1", name: "Dana Ruiz", device: "PJSIP/1001", state: agentState("available") };
const wall: Wall = { queues: [{ name: "general", waiting: 1 }], agents: [dana], calls: [line("c1"), line("c3")] };

describe("the wall", () => {
  it("takes lines that are new or others, and lets go of those that are gone, in the order of their ids", () => {
    const after = applyToWall(
      wall,
      changed({
        queues: [{ name: "general", waiting: 0 }],
        calls: [line("c2"), line("c1", { phase: "talking", agent: "Dana Ruiz" })],
        calls_gone: ["c3"],
      }),
    );
    expect(after.queues).toEqual([{ name: "general", waiting: 0 }]);
    expect(after.agents).toEqual([dana]);
    expect(after.calls).toEqual([line("c1", { phase: "talking", agent: "Dana Ruiz" }), line("c2")]);
  });

  it("is the same when it is told twice", () => {
    const change = changed({ agents: [{ ...dana, device: "PJSIP/7" }], agents_gone: ["a9"] });
    const once = applyToWall(wall, change);
    expect(applyToWall(once, change)).toEqual(once);
  });

  it("begins anew with what is told, whatever it was before", () => {
    const after = applyToWall(wall, changed({ agents: [dana], anew: true }));
    expect(after).toEqual({ queues: [], agents: [dana], calls: [] });
  });

  it("leaves out what only newer servers know", () => {
    expect(applyToWall(wall, { type: "Weather", at: AT } as unknown as WallChanged)).toBe(wall);
  });
});
