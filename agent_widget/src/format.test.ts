import { expect, it } from "vitest";
import { calendarDay, duration, money, secondsBetween, telephone, until, words } from "./format";

it("writes money, days, durations and numbers as people do", () => {
  expect(money(214050)).toBe("$2,140.50");
  expect(calendarDay("2026-03-01")).toBe("Mar 1, 2026");
  expect(calendarDay("unknown")).toBe("unknown");
  expect([0, 7.9, 723, 3723, -5].map(duration)).toEqual(["0:00", "0:07", "12:03", "1:02:03", "0:00"]);
  expect(["+12295550173", "2295550173", "229-555-0173", "+44 20 7946 0000", "anonymous"].map(telephone)).toEqual([
    "(229) 555-0173",
    "(229) 555-0173",
    "(229) 555-0173",
    "+44 20 7946 0000",
    "anonymous",
  ]);
  expect(["tax_withholding", "call", ""].map(words)).toEqual(["Tax withholding", "Call", ""]);
});

it("names the day of a moment only where it is another one", () => {
  const now = new Date(2026, 2, 10, 9, 0);
  expect(until(new Date(2026, 2, 10, 15, 0).toISOString(), now)).toBe("3:00 PM");
  expect(until(new Date(2026, 2, 11, 8, 0).toISOString(), now)).toBe("Wed, Mar 11, 8:00 AM");
});

it("never counts backwards when two clocks disagree", () => {
  expect(secondsBetween("2026-03-10T14:00:00Z", "2026-03-10T14:00:05.5Z")).toBe(5.5);
  expect(secondsBetween("2026-03-10T14:00:05Z", "2026-03-10T14:00:00Z")).toBe(0);
});
