import { expect, it } from "vitest";
import { announcements, newlyFinal } from "./announcements";
import { call, desk, suggestion, utterance } from "./testing/samples";

const talking = desk({ call: call() });

it("tells who calls and how that is known", () => {
  expect(announcements(desk(), talking)).toEqual(["Incoming call: Harriet Lindqvist. Verified by PIN."]);
});

it("tells of a suggestion once", () => {
  const advised = desk({ call: call({ suggestions: [suggestion("s1")] }) });
  expect(announcements(talking, advised)).toEqual(["Suggestion: transfer to Pension Analyst. Alt+A accepts."]);
  expect(announcements(advised, advised)).toEqual([]);
});

it("tells when the call is over and when its contact is confirmed", () => {
  const over = desk({ call: call({ phase: "wrap_up" }) });
  expect(announcements(talking, over)).toEqual(["The call is over. The contact can be confirmed."]);
  expect(announcements(over, desk())).toEqual(["Contact confirmed."]);
});

it("is silent at the first look and while words grow", () => {
  expect(announcements(null, talking)).toEqual([]);
  const growing = desk({ call: call({ transcript: [utterance("u1", { final: false })] }) });
  expect(announcements(talking, growing)).toEqual([]);
});

it("reads out what became final, not what may still change", () => {
  const before = [utterance("u1"), utterance("u2", { final: false })];
  const after = [utterance("u1"), utterance("u2"), utterance("u3", { final: false })];
  expect(newlyFinal(before, after).map((one) => one.utterance_id)).toEqual(["u2"]);
});
