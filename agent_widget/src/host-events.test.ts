import { expect, it } from "vitest";
import type { DeskCall } from "./generated/messages";
import { hostEvents } from "./host-events";
import type { DeskView, RecentContact } from "./store/desk-store";
import { AT, call, desk, member } from "./testing/samples";

const view = (of: DeskCall | null, recent: readonly RecentContact[] = []): DeskView => ({
  link: "live",
  desk: desk({ call: of }),
  draft: null,
  saved: "saved",
  busy: null,
  notice: null,
  directory: null,
  recent,
  closed: [],
});

const contact: RecentContact = { contact_id: "k1", at: AT, name: "", summary: "", resolution: "resolved" };
const unknown = call({ phase: "ringing", member: null });

it("tells of a call that is offered, once", () => {
  const offered = [{ name: "call-offered", detail: { call_id: "c1", queue: unknown.queue } }];
  expect(hostEvents(view(null), view(unknown))).toEqual(offered);
  expect(hostEvents(view(unknown), view(unknown))).toEqual([]);
});

it("tells whose call it is, as soon as that is known and when it changes", () => {
  const [harriet, otis] = [member(), member({ member_id: "m2", member_number: "4471903" })];
  const told = (member_id: string, member_number: string) => [
    { name: "member-identified", detail: { call_id: "c1", member_id, member_number } },
  ];
  expect(hostEvents(view(unknown), view(call({ member: harriet })))).toEqual(told("m1", "4471902"));
  expect(hostEvents(view(call({ member: harriet })), view(call({ member: otis })))).toEqual(told("m2", "4471903"));
  expect(hostEvents(view(call({ member: harriet })), view(call({ member: null })))).toEqual([]);
});

it("tells a page that is opened in mid-call whose call it is, and offers nothing", () => {
  expect(hostEvents(null, view(call({ member: member() }))).map(({ name }) => name)).toEqual(["member-identified"]);
});

it("tells of a confirmed contact, before the call that comes next", () => {
  const names = hostEvents(
    view(call({ phase: "wrap_up" })),
    view(call({ call_id: "c2", phase: "ringing" }), [contact]),
  );
  expect(names.map(({ name }) => name)).toEqual(["contact-confirmed", "call-offered", "member-identified"]);
  expect(hostEvents(view(null, [contact]), view(null, [contact]))).toEqual([]);
});
