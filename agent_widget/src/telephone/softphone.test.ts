import { describe, expect, it } from "vitest";
import { after, type Deed, type Happening, SILENT, type Softphone } from "./softphone";

/** How the telephone stands after a story, and all that was to be done in it. */
function told(...story: Happening[]): { phone: Softphone; done: Deed[]; last: Deed[] } {
  let phone = SILENT;
  const done: Deed[] = [];
  let last: Deed[] = [];
  for (const happening of story) {
    [phone, ...last] = after(phone, happening);
    done.push(...last);
  }
  return { phone, done, last };
}

const ready: Happening[] = [{ type: "switched_on" }, { type: "registered" }];
const rings: Happening = { type: "rings", id: "c1", from: "+14785550142" };
const talking: Happening[] = [...ready, rings, { type: "picked_up" }, { type: "joined", id: "c1" }];

describe("a telephone in the page", () => {
  it("registers when it is switched on, once", () => {
    const { phone, done } = told({ type: "switched_on" }, { type: "switched_on" }, { type: "registered" });
    expect(phone).toEqual({ ...SILENT, line: "ready" });
    expect(done).toEqual([{ do: "sign_on" }]);
  });

  it("rings, is picked up, talks, and is put down", () => {
    const { phone, done } = told(...talking, { type: "put_down" });
    expect(phone.call).toBeNull();
    expect(done.slice(1)).toEqual([
      { do: "ring" },
      { do: "hush" },
      { do: "answer", id: "c1" },
      { do: "hush" },
      { do: "hang_up", id: "c1" },
    ]);
  });

  it("stops ringing when the call went elsewhere", () => {
    const { phone, last } = told(...ready, rings, { type: "ended", id: "c1" });
    expect(phone.call).toBeNull();
    expect(last).toEqual([{ do: "hush" }]);
  });

  it("takes one call at a time", () => {
    const { phone, last } = told(...talking, { type: "rings", id: "c2", from: "1002" });
    expect(phone.call?.id).toBe("c1");
    expect(last).toEqual([{ do: "hang_up", id: "c2" }]);
  });

  it("is not misled by the end of another call", () => {
    expect(told(...talking, { type: "ended", id: "c0" }).phone.call?.state).toBe("talking");
  });

  it("mutes and presses keys only while somebody listens", () => {
    expect(told(...ready, rings, { type: "muted", muted: true }).last).toEqual([]);
    expect(told(...ready, rings, { type: "key", key: "5" }).last).toEqual([]);
    expect(told(...talking, { type: "muted", muted: true }).last).toEqual([{ do: "mute", muted: true }]);
    expect(told(...talking, { type: "key", key: "#" }).last).toEqual([{ do: "key", key: "#" }]);
    expect(told(...talking, { type: "key", key: "x" }).last).toEqual([]);
  });

  it("begins the next call unmuted", () => {
    const { phone } = told(...talking, { type: "muted", muted: true }, { type: "ended", id: "c1" }, rings);
    expect(phone.call?.muted).toBe(false);
  });

  it("puts the call down and withdraws when it is switched off", () => {
    const { phone, last } = told(...talking, { type: "switched_off" });
    expect(phone).toBe(SILENT);
    expect(last).toEqual([{ do: "hush" }, { do: "hang_up", id: "c1" }, { do: "sign_off" }]);
    expect(told(...ready, { type: "switched_off" }, { type: "lost" }, { type: "registered" }).phone).toBe(SILENT);
  });
});

describe("a microphone that is not there", () => {
  it("leaves the call ringing, and says why", () => {
    const { phone, last } = told(
      ...ready,
      rings,
      { type: "picked_up" },
      { type: "trouble", trouble: "microphone_missing" },
    );
    expect(phone).toMatchObject({ trouble: "microphone_missing", call: { state: "ringing" } });
    expect(last).toEqual([{ do: "ring" }]);
  });

  it("is forgotten as soon as one works", () => {
    const refused: Happening = { type: "trouble", trouble: "microphone_refused" };
    expect(told(...ready, refused, { type: "microphone_works" }).phone.trouble).toBeNull();
  });

  it("ends no talk when it is unplugged", () => {
    const { phone } = told(...talking, { type: "trouble", trouble: "microphone_gone" });
    expect(phone).toMatchObject({ trouble: "microphone_gone", call: { state: "talking" } });
  });

  it("that another one stands in for is news until the call ends", () => {
    const changed: Happening[] = [...talking, { type: "trouble", trouble: "microphone_changed" }];
    expect(told(...changed).phone.trouble).toBe("microphone_changed");
    expect(told(...changed, { type: "ended", id: "c1" }).phone.trouble).toBeNull();
  });
});

describe("a lost way to the phone system", () => {
  it("keeps the talk, and tells where we are when it is back", () => {
    const away = told(...talking, { type: "lost" });
    expect(away.phone).toMatchObject({ line: "lost", call: { state: "talking", cut: true } });
    expect(away.last).toEqual([]);
    const back = told(...talking, { type: "lost" }, { type: "registered" });
    expect(back.phone).toMatchObject({ line: "ready", call: { state: "talking", cut: false } });
    expect(back.last).toEqual([{ do: "renew", id: "c1" }]);
  });

  it("gives up what was only ringing", () => {
    const { phone, last } = told(...ready, rings, { type: "lost" });
    expect(phone).toMatchObject({ line: "lost", call: null });
    expect(last).toEqual([{ do: "hush" }, { do: "hang_up", id: "c1" }]);
  });

  it("tells nothing about a call when there was none", () => {
    expect(told(...ready, { type: "lost" }, { type: "registered" }).last).toEqual([]);
  });
});

describe("a refused password", () => {
  it("is asked for anew when its time was over", () => {
    const { phone, last } = told(...talking, { type: "refused", expired: true });
    expect(phone).toMatchObject({ line: "connecting", call: { state: "talking" } });
    expect(last).toEqual([{ do: "new_password" }]);
  });

  it("that worked before means that another page is the telephone now", () => {
    const { phone, done } = told(...ready, { type: "refused", expired: false }, { type: "lost" });
    expect(phone.line).toBe("taken");
    expect(done).toHaveLength(1);
  });

  it("that was new is not asked for again and again", () => {
    const { phone, last } = told({ type: "switched_on" }, { type: "refused", expired: false });
    expect(phone.line).toBe("refused");
    expect(last).toEqual([]);
  });

  it("ends no talk, and is not tried anew during one", () => {
    const story: Happening[] = [...talking, { type: "refused", expired: false }, { type: "switched_on" }];
    expect(told(...story).phone).toMatchObject({ line: "taken", call: { state: "talking" } });
    expect(told(...story).last).toEqual([]);
  });

  it("is tried anew when somebody wants it", () => {
    const back = told(...ready, { type: "refused", expired: false }, { type: "switched_on" });
    expect(back.last).toEqual([{ do: "sign_on" }]);
  });
});
