/** The devices of the machine: which there are, which were chosen, a microphone that is open, a ring, how loud it is. */

import type { Trouble } from "./softphone";

export type Role = "microphone" | "speaker" | "ringer";

/** Device ids; empty: the one that the machine itself prefers. */
export type Choice = Readonly<Record<Role, string>>;

export interface Device {
  readonly id: string;
  readonly label: string;
}

export interface Devices {
  readonly microphones: readonly Device[];
  readonly speakers: readonly Device[];
}

/** Loudness of both sides, 0 (nothing) to 1. */
export interface Levels {
  readonly microphone: number;
  readonly speaker: number;
}

const KEPT = "memberline-sound";
const MACHINES_OWN: Choice = { microphone: "", speaker: "", ringer: "" };
/** Two seconds in six, as telephones ring in the United States. */
const RING_HZ = [440, 480];
const RING_S = 2;
const PAUSE_MS = 6000;
const RING_LOUDNESS = 0.15;
const QUIETEST_DB = -60;

/** No microphone, and why. */
export class NoMicrophone extends Error {
  constructor(readonly trouble: Trouble) {
    super(trouble);
  }
}

/** What a failed `getUserMedia` means for a person. */
export function troubleOf(error: unknown): Trouble {
  switch (error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "microphone_refused";
    case "NotReadableError":
    case "AbortError":
      return "microphone_busy";
    default:
      return "microphone_missing";
  }
}

/** What this browser remembers; nonsense counts as nothing. */
export function kept(storage: Pick<Storage, "getItem">): Choice {
  try {
    const found = JSON.parse(storage.getItem(KEPT) ?? "{}") as Partial<Record<Role, unknown>> | null;
    const of = (role: Role) => (typeof found?.[role] === "string" ? found[role] : "");
    return { microphone: of("microphone"), speaker: of("speaker"), ringer: of("ringer") };
  } catch {
    return MACHINES_OWN;
  }
}

/** How full a meter is: the decibels between hardly anything and full scale. */
export function level(samples: Float32Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length);
  if (power === 0) return 0;
  return Math.min(1, Math.max(0, 1 - (10 * Math.log10(power)) / QUIETEST_DB));
}

/** Fires `devices` when one was plugged in or out, `microphone-gone` when the open one ended by itself. */
export class Sound extends EventTarget {
  choice: Choice = kept(localStorage);
  devices: Devices = { microphones: [], speakers: [] };
  #microphone: MediaStream | null = null;
  readonly #ear = new Audio();
  readonly #bell = new Audio();
  #context: AudioContext | null = null;
  readonly #analysers: Partial<Record<keyof Levels, { node: AnalyserNode; source: AudioNode }>> = {};
  #ringing: ReturnType<typeof setInterval> | undefined;

  start(): void {
    // Missing where the page did not come by https.
    (navigator.mediaDevices as MediaDevices | undefined)?.addEventListener("devicechange", this.#changed);
    void this.#look();
  }

  stop(): void {
    (navigator.mediaDevices as MediaDevices | undefined)?.removeEventListener("devicechange", this.#changed);
    this.hush();
    this.hangUp();
    void this.#context?.close();
    this.#context = null;
  }

  /** Whether a speaker can be chosen here at all. */
  get speakersChosen(): boolean {
    return "setSinkId" in HTMLMediaElement.prototype;
  }

  async choose(role: Role, id: string): Promise<void> {
    this.choice = { ...this.choice, [role]: id };
    localStorage.setItem(KEPT, JSON.stringify(this.choice));
    if (role === "speaker") await this.#send(this.#ear, id);
    if (role === "ringer") await this.#send(this.#bell, id);
  }

  /** Open the chosen microphone, or the machine's own where it is not there; throws `NoMicrophone`. */
  async open(): Promise<MediaStream> {
    const media = navigator.mediaDevices as MediaDevices | undefined;
    if (media === undefined) throw new NoMicrophone("insecure");
    const chosen = this.choice.microphone;
    let stream: MediaStream;
    try {
      stream = await media.getUserMedia({ audio: constraints(chosen) }).catch((error: unknown) => {
        const there = error instanceof DOMException && error.name !== "OverconstrainedError";
        if (chosen === "" || there) throw error;
        return media.getUserMedia({ audio: constraints("") });
      });
    } catch (error) {
      throw new NoMicrophone(troubleOf(error));
    }
    this.#letGo();
    this.#microphone = stream;
    for (const track of stream.getTracks()) track.addEventListener("ended", this.#ended);
    this.#measure("microphone", stream);
    void this.#look(); // names of devices are told only to who may use one
    return stream;
  }

  mute(muted: boolean): void {
    for (const track of this.#microphone?.getTracks() ?? []) track.enabled = !muted;
  }

  /** Let the other side be heard. */
  async hear(track: MediaStreamTrack): Promise<void> {
    const stream = new MediaStream([track]);
    this.#measure("speaker", stream);
    this.#ear.srcObject = stream;
    await this.#send(this.#ear, this.choice.speaker);
    await this.#ear.play();
  }

  /** The call is over: the microphone's light goes out. */
  hangUp(): void {
    this.#letGo();
    this.#ear.pause();
    this.#ear.srcObject = null;
    this.#forget("speaker");
  }

  /** Ring until `hush`; false where the browser lets nothing be heard yet. */
  async ring(): Promise<boolean> {
    this.hush();
    const context = this.#sounding();
    const out = context.createMediaStreamDestination();
    const strike = () => RING_HZ.forEach((hertz) => strikeOnce(context, out, hertz));
    strike();
    this.#ringing = setInterval(strike, PAUSE_MS);
    this.#bell.srcObject = out.stream;
    try {
      await this.#send(this.#bell, this.choice.ringer);
      await this.#bell.play();
      return context.state === "running" || (await resumed(context));
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      return error.name === "AbortError"; // hushed before it began
    }
  }

  hush(): void {
    clearInterval(this.#ringing);
    this.#ringing = undefined;
    this.#bell.pause();
    this.#bell.srcObject = null;
  }

  get levels(): Levels {
    return { microphone: this.#level("microphone"), speaker: this.#level("speaker") };
  }

  #level(side: keyof Levels): number {
    const node = this.#analysers[side]?.node;
    if (node === undefined) return 0;
    const samples = new Float32Array(node.fftSize);
    node.getFloatTimeDomainData(samples);
    return level(samples);
  }

  #measure(side: keyof Levels, stream: MediaStream): void {
    this.#forget(side);
    const context = this.#sounding();
    const [source, node] = [context.createMediaStreamSource(stream), context.createAnalyser()];
    source.connect(node);
    this.#analysers[side] = { source, node };
  }

  #forget(side: keyof Levels): void {
    this.#analysers[side]?.source.disconnect();
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- two fixed names
    delete this.#analysers[side];
  }

  #sounding(): AudioContext {
    this.#context ??= new AudioContext();
    void this.#context.resume();
    return this.#context;
  }

  async #send(element: HTMLAudioElement, id: string): Promise<void> {
    if (!this.speakersChosen) return;
    try {
      await element.setSinkId(id);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      await element.setSinkId(""); // unplugged since it was chosen: better somewhere than nowhere
    }
  }

  #letGo(): void {
    for (const track of this.#microphone?.getTracks() ?? []) {
      track.removeEventListener("ended", this.#ended);
      track.stop();
    }
    this.#microphone = null;
    this.#forget("microphone");
  }

  async #look(): Promise<void> {
    const found = await (navigator.mediaDevices as MediaDevices | undefined)?.enumerateDevices();
    this.devices = {
      microphones: named(found ?? [], "audioinput"),
      speakers: this.speakersChosen ? named(found ?? [], "audiooutput") : [],
    };
    this.dispatchEvent(new Event("devices"));
  }

  #changed = (): void => void this.#look();

  #ended = (): void => {
    this.dispatchEvent(new Event("microphone-gone"));
  };
}

/** Those that can be told apart. Before a microphone may be used, browsers name none. */
function named(found: readonly MediaDeviceInfo[], kind: MediaDeviceKind): Device[] {
  return found
    .filter((device) => device.kind === kind && device.deviceId !== "" && device.deviceId !== "default")
    .map((device) => ({ id: device.deviceId, label: device.label || device.deviceId.slice(0, 8) }));
}

function constraints(id: string): MediaTrackConstraints {
  const clean = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  return id === "" ? clean : { ...clean, deviceId: { exact: id } };
}

function strikeOnce(context: AudioContext, out: AudioNode, hertz: number): void {
  const [tone, gain] = [context.createOscillator(), context.createGain()];
  tone.frequency.value = hertz;
  gain.gain.value = RING_LOUDNESS;
  tone.connect(gain).connect(out);
  tone.start();
  tone.stop(context.currentTime + RING_S);
}

/** Browsers start no sound before somebody touched the page. */
async function resumed(context: AudioContext): Promise<boolean> {
  await Promise.race([context.resume(), new Promise((resolve) => setTimeout(resolve, 500))]);
  return context.state === "running";
}
