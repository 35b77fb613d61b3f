import { describe, expect, it, vi } from "vitest";
import type { AnyServerMessage, Notice, Notices } from "../generated/messages";
import { AT } from "../testing/samples";
import { Refusal } from "./api";
import { NoticeFeed } from "./notices";

const ice: Notice = { closure_id: "c1", queue: "", begins_at: AT, ends_at: AT, why: "ice" };
const snow: Notice = { ...ice, closure_id: "c2", why: "snow" };

function setUp(answer: () => Promise<Notices>) {
  const shown: (readonly Notice[])[] = [];
  const sent: unknown[] = [];
  const feed = new NoticeFeed({ notices: vi.fn(answer) }, (notices) => shown.push(notices));
  feed.subscribe({ send: (text) => sent.push(JSON.parse(text as string)) });
  return { feed, shown, sent };
}

const at = (offset: number, notices: readonly Notice[], epoch = "e"): Notices => ({
  notices,
  position: { epoch, offset },
  subject: "notices",
});
const changed = (offset: number, notices: readonly Notice[]) =>
  ({
    type: "event",
    subject: "notices",
    epoch: "e",
    offset,
    kept: true,
    event: { type: "NoticeChanged", at: AT, notices },
  }) as unknown as AnyServerMessage;
const subscribed: AnyServerMessage = {
  type: "subscribed",
  subject: "notices",
  recovered: false,
  epoch: "e",
  offset: 0,
};
const settle = () => new Promise((resolve) => setTimeout(resolve));

describe("what is closed", () => {
  it("is fetched once subscribed, then follows each event", async () => {
    const { feed, shown, sent } = setUp(() => Promise.resolve(at(1, [ice])));
    expect(sent).toEqual([{ type: "subscribe", subject: "notices" }]);
    expect(feed.take(subscribed)).toBe(true);
    await settle();
    expect(feed.take(changed(2, [ice, snow]))).toBe(true);
    expect(shown).toEqual([[ice], [ice, snow]]);
  });

  it("is not what an older snapshot says that came late", async () => {
    let answer: (notices: Notices) => void = () => undefined;
    const { feed, shown } = setUp(() => new Promise((resolve) => (answer = resolve)));
    feed.take(subscribed);
    feed.take(changed(2, []));
    answer(at(1, [ice]));
    await settle();
    expect(shown).toEqual([[]]);
  });

  it("is what the snapshot of another beginning says", async () => {
    const { feed, shown } = setUp(() => Promise.resolve(at(0, [snow], "another")));
    feed.take(changed(7, [ice]));
    feed.take(subscribed);
    await settle();
    expect(shown).toEqual([[ice], [snow]]);
  });

  it("stays as it is where it cannot be fetched or may not be heard", async () => {
    const { feed, shown } = setUp(() => Promise.reject(new Refusal(503, "away")));
    feed.take(changed(1, [ice]));
    feed.take(subscribed);
    expect(feed.take({ type: "error", code: "not_allowed", message: "no", subject: "notices" })).toBe(true);
    await settle();
    expect(shown).toEqual([[ice]]);
  });

  it("is nobody else's matter", () => {
    const { feed } = setUp(() => Promise.resolve(at(1, [])));
    expect(feed.take(null)).toBe(false);
    expect(feed.take({ type: "bye", return_after_s: 1 })).toBe(false);
    expect(feed.take({ ...subscribed, subject: "agent.a1" })).toBe(false);
  });
});
