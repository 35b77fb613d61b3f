import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Refusal } from "../store/api";
import type { SoftphoneAccount } from "../generated/messages";
import type { Listener, SipLine } from "./sip-line";
import { NoMicrophone } from "./sound";
import { Telephone } from "./telephone";

const ACCOUNT: SoftphoneAccount = {
  server: "wss://pbx.example/ws",
  name: "page-dana",
  password: "first",
  device: "PJSIP/page-dana",
  lasts_s: 3600,
  stun: [],
};

/** A microphone that was opened, with as much of it as is asked for. */
function microphone(name: string): MediaStream {
  const track = { name };
  return { getAudioTracks: () => [track], getTracks: () => [track] } as unknown as MediaStream;
}

function sounds() {
  return Object.assign(new EventTarget(), {
    start: vi.fn<() => void>(),
    stop: vi.fn<() => void>(),
    open: vi.fn<() => Promise<MediaStream>>().mockResolvedValue(microphone("first")),
    mute: vi.fn<(muted: boolean) => void>(),
    hear: vi.fn<() => Promise<void>>().mockResolvedValue(undefined),
    hangUp: vi.fn<() => void>(),
    ring: vi.fn<() => Promise<boolean>>().mockResolvedValue(true),
    hush: vi.fn<() => void>(),
  });
}

function lines() {
  return {
    stop: vi.fn<() => void>(),
    renewPassword: vi.fn<(password: string) => void>(),
    answer: vi.fn<(id: string, stream: MediaStream) => void>(),
    hangUp: vi.fn<(id: string) => void>(),
    renew: vi.fn<(id: string) => void>(),
    mute: vi.fn<(muted: boolean) => void>(),
    key: vi.fn<(key: string) => void>(),
    speakInto: vi.fn<(track: MediaStreamTrack) => Promise<void>>().mockResolvedValue(undefined),
  } satisfies SipLine;
}

function house() {
  const stored = new Map<string, string>();
  const storage = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
    removeItem: (key: string) => void stored.delete(key),
  };
  const accounts = {
    offered: vi.fn<() => Promise<boolean>>().mockResolvedValue(true),
    open: vi.fn<() => Promise<SoftphoneAccount>>().mockResolvedValue(ACCOUNT),
    close: vi.fn<() => void>(),
  };
  const [sound, line] = [sounds(), lines()];
  let listener: Listener | null = null;
  const open = vi.fn<(account: SoftphoneAccount, told: Listener) => Promise<SipLine>>((_, told) => {
    listener = told;
    return Promise.resolve(line);
  });
  const telephone = new Telephone(accounts, sound, open, storage);
  const pbx = (): Listener => {
    if (listener === null) throw new Error("no line was opened");
    return listener;
  };
  return { telephone, accounts, sound, line, open, pbx, storage };
}

const settled = () => vi.advanceTimersByTimeAsync(0);

async function ready() {
  const all = house();
  await all.telephone.start();
  all.telephone.switchOn();
  await settled();
  all.pbx().registered();
  return all;
}

async function talking() {
  const all = await ready();
  all.pbx().rings("c1", "1002");
  all.telephone.tell({ type: "picked_up" });
  await settled();
  all.pbx().joined("c1");
  return all;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("switching on", () => {
  it("opens one line with the account that the server gives, and remembers it", async () => {
    const { telephone, open, storage } = await ready();
    expect(telephone.phone.line).toBe("ready");
    expect(telephone.device).toBe("PJSIP/page-dana");
    expect(open).toHaveBeenCalledTimes(1);
    expect(storage.getItem("memberline-page-telephone")).toBe("on");
  });

  it("does nothing where pages are no telephones", async () => {
    const { telephone, accounts, sound, storage } = house();
    storage.setItem("memberline-page-telephone", "on");
    accounts.offered.mockResolvedValue(false);
    await telephone.start();
    expect(telephone.offered).toBe(false);
    expect(accounts.open).not.toHaveBeenCalled();
    expect(sound.start).not.toHaveBeenCalled();
  });

  it("says why the server gives no account", async () => {
    const { telephone, accounts } = house();
    accounts.open.mockRejectedValue(new Refusal(409, "Not now."));
    await telephone.start();
    telephone.switchOn();
    await settled();
    expect(telephone.phone).toMatchObject({ line: "refused", why: "Not now." });
  });

  it("waits for a server that is away", async () => {
    const { telephone, accounts, pbx } = house();
    accounts.open.mockRejectedValueOnce(new Refusal(0, "away")).mockRejectedValueOnce(new Refusal(503, "no PBX"));
    await telephone.start();
    telephone.switchOn();
    await vi.advanceTimersByTimeAsync(6000);
    pbx().registered();
    expect(telephone.phone.line).toBe("ready");
  });

  it("lets go of a line that comes after it was switched off again", async () => {
    const { telephone, line } = house();
    await telephone.start();
    telephone.switchOn();
    telephone.switchOff();
    await settled();
    expect(telephone.phone.line).toBe("off");
    expect(line.answer).not.toHaveBeenCalled();
  });

  it("says so where its program cannot be loaded", async () => {
    const { telephone, open } = house();
    vi.spyOn(console, "warn").mockReturnValue();
    open.mockRejectedValue(new TypeError("Failed to fetch dynamically imported module"));
    await telephone.start();
    telephone.switchOn();
    await settled();
    expect(telephone.phone).toMatchObject({ line: "refused", trouble: "line_broken" });
  });
});

describe("switching off", () => {
  it("withdraws the account; a page that only goes leaves it to the page that comes", async () => {
    const gone = await ready();
    gone.telephone.stop();
    expect(gone.line.stop).toHaveBeenCalledTimes(1);
    expect(gone.accounts.close).not.toHaveBeenCalled();
    expect(gone.storage.getItem("memberline-page-telephone")).toBe("on");
    const off = await ready();
    off.telephone.switchOff();
    expect(off.accounts.close).toHaveBeenCalledTimes(1);
    expect(off.storage.getItem("memberline-page-telephone")).toBeNull();
  });
});

describe("a call", () => {
  it("is answered with the microphone, heard, and let go of", async () => {
    const { telephone, sound, line, pbx } = await talking();
    expect(line.answer).toHaveBeenCalledWith("c1", await sound.open());
    pbx().hears({} as MediaStreamTrack);
    expect(sound.hear).toHaveBeenCalledTimes(1);
    pbx().ended("c1");
    expect(sound.hangUp).toHaveBeenCalled();
    expect(telephone.phone.call).toBeNull();
  });

  it("rings on without a microphone", async () => {
    const { telephone, sound, line, pbx } = await ready();
    sound.open.mockRejectedValue(new NoMicrophone("microphone_refused"));
    pbx().rings("c1", "1002");
    telephone.tell({ type: "picked_up" });
    await settled();
    expect(telephone.phone).toMatchObject({ trouble: "microphone_refused", call: { state: "ringing" } });
    expect(line.answer).not.toHaveBeenCalled();
    expect(sound.ring).toHaveBeenCalledTimes(2);
  });

  it("that is gone while the browser asks for the microphone leaves none open", async () => {
    const { telephone, sound, line, pbx } = await ready();
    pbx().rings("c1", "1002");
    telephone.tell({ type: "picked_up" });
    pbx().ended("c1");
    sound.hangUp.mockClear();
    await settled();
    expect(line.answer).not.toHaveBeenCalled();
    expect(sound.hangUp).toHaveBeenCalledTimes(1);
  });

  it("goes on with another microphone, as muted as before", async () => {
    const { telephone, sound, line } = await talking();
    telephone.tell({ type: "muted", muted: true });
    const second = microphone("second");
    sound.open.mockResolvedValue(second);
    sound.dispatchEvent(new Event("microphone-gone"));
    await settled();
    expect(line.speakInto).toHaveBeenCalledWith(second.getAudioTracks()[0]);
    expect(sound.mute).toHaveBeenLastCalledWith(true);
    expect(telephone.phone.trouble).toBe("microphone_changed");
  });

  it("is spoken to by the microphone that is chosen during it", async () => {
    const { telephone, sound, line } = await talking();
    const second = microphone("second");
    sound.open.mockResolvedValue(second);
    await telephone.useMicrophone();
    expect(line.speakInto).toHaveBeenCalledWith(second.getAudioTracks()[0]);
    expect(sound.mute).toHaveBeenLastCalledWith(false);
  });

  it("is heard again as soon as a microphone is plugged in", async () => {
    const { telephone, sound, line } = await talking();
    sound.open.mockRejectedValueOnce(new NoMicrophone("microphone_missing"));
    sound.dispatchEvent(new Event("microphone-gone"));
    await settled();
    expect(telephone.phone.trouble).toBe("microphone_gone");
    sound.dispatchEvent(new Event("devices"));
    await settled();
    expect(line.speakInto).toHaveBeenCalledTimes(1);
    expect(telephone.phone.trouble).toBe("microphone_changed");
  });

  it("says where the browser keeps the ring silent", async () => {
    const { telephone, sound, pbx } = await ready();
    sound.ring.mockResolvedValue(false);
    pbx().rings("c1", "1002");
    await settled();
    expect(telephone.phone.trouble).toBe("ringer_blocked");
  });
});

describe("a password", () => {
  it("is renewed on the same line when its time is over", async () => {
    const { accounts, line, open, pbx, telephone } = await talking();
    accounts.open.mockResolvedValue({ ...ACCOUNT, password: "second" });
    await vi.advanceTimersByTimeAsync(3_600_000);
    pbx().refused();
    await settled();
    expect(line.renewPassword).toHaveBeenCalledWith("second");
    expect(open).toHaveBeenCalledTimes(1);
    expect(telephone.phone.call?.state).toBe("talking");
  });

  it("that is refused before its time is over belongs to another page now", async () => {
    const { accounts, pbx, telephone } = await ready();
    pbx().refused();
    expect(telephone.phone.line).toBe("taken");
    expect(accounts.open).toHaveBeenCalledTimes(1);
  });
});
