import { describe, expect, it } from "vitest";
import { kept, level, troubleOf } from "./sound";

const remembering = (text: string | null) => ({ getItem: () => text });
const MACHINES_OWN = { microphone: "", speaker: "", ringer: "" };

describe("what a browser remembers of its devices", () => {
  it("is the choice that was made", () => {
    const choice = { microphone: "m1", speaker: "s1", ringer: "s2" };
    expect(kept(remembering(JSON.stringify(choice)))).toEqual(choice);
  });

  it("is the machine's own where nothing, or nonsense, was kept", () => {
    for (const text of [null, "{", "null", "7", '{"microphone":7}']) {
      expect(kept(remembering(text))).toEqual(MACHINES_OWN);
    }
  });
});

describe("a level meter", () => {
  it("is empty in silence, full at full scale, and linear in decibels between", () => {
    expect(level(new Float32Array(64))).toBe(0);
    expect(level(new Float32Array(64).fill(1))).toBe(1);
    expect(level(new Float32Array(64).fill(10 ** (-30 / 20)))).toBeCloseTo(0.5);
    expect(level(new Float32Array(64).fill(1e-6))).toBe(0);
  });
});

describe("a microphone that does not open", () => {
  it.each([
    ["NotAllowedError", "microphone_refused"],
    ["SecurityError", "microphone_refused"],
    ["NotReadableError", "microphone_busy"],
    ["NotFoundError", "microphone_missing"],
  ])("by %s means %s", (name, trouble) => {
    expect(troubleOf(new DOMException("", name))).toBe(trouble);
  });
});
