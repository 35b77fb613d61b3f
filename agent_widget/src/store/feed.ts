/** Keeps a snapshot and the events that follow it in step: nothing twice, nothing skipped, and never a guess. */

import type { Position, Pushed } from "../generated/messages";

/** The state of a subject, and the place in its stream that it holds for. */
export interface Snapshot<State> {
  readonly state: State;
  readonly position: Position;
  readonly subject: string;
}

/** One event at its place in the stream. */
export type EventFrame<Event> = Pick<Pushed, "epoch" | "offset"> &
  Partial<Pick<Pushed, "kept">> & { readonly event: Event };

/**
 * `state` holds for `position`. While `stale`, a new snapshot is needed; what arrives meanwhile waits in `early`,
 * because the snapshot may be older than it.
 */
export interface Feed<State, Event> {
  readonly state: State | null;
  readonly position: Position | null;
  readonly stale: boolean;
  readonly early: readonly EventFrame<Event>[];
}

export const EMPTY: Feed<never, never> = { state: null, position: null, stale: true, early: [] };

/** More than this many events during one fetch means the fetch hangs: the oldest go, and the gap asks for another. */
const EARLY_BOUND = 1000;

/** How a feed moves, where `apply` says how an event changes the state. */
export function feeding<State, Event>(apply: (state: State, event: Event) => State) {
  type Of = Feed<State, Event>;

  /** Take one event from the wire. */
  function receive(feed: Of, frame: EventFrame<Event>): Of {
    const { state, position } = feed;
    if (frame.kept === false) return pass(feed, frame);
    if (feed.stale || state === null || position === null) {
      return { ...feed, stale: true, early: [...feed.early, frame].slice(-EARLY_BOUND) };
    }
    if (frame.epoch !== position.epoch || frame.offset > position.offset + 1) {
      return { ...feed, stale: true, early: [frame] };
    }
    if (frame.offset <= position.offset) return feed;
    return { ...feed, state: apply(state, frame.event), position: { epoch: frame.epoch, offset: frame.offset } };
  }

  /** What passes by is for who stands exactly there, and moves nobody on. */
  function pass(feed: Of, { epoch, offset, event }: EventFrame<Event>): Of {
    const { state, position, stale } = feed;
    if (stale || state === null || position?.epoch !== epoch || position.offset !== offset) return feed;
    return { ...feed, state: apply(state, event) };
  }

  /** Take a snapshot, then what arrived while it was on its way. Of epochs that ended meanwhile nothing is left to take. */
  function load(feed: Of, snapshot: Snapshot<State>): Of {
    const fresh: Of = { state: snapshot.state, position: snapshot.position, stale: false, early: [] };
    const last = feed.early.at(-1)?.epoch;
    const early = last === snapshot.position.epoch ? feed.early.filter(({ epoch }) => epoch === last) : feed.early;
    return early.reduce(receive, fresh);
  }

  return { receive, load };
}

/** The stream cannot be continued from where we stand. */
export function outdated<State, Event>(feed: Feed<State, Event>): Feed<State, Event> {
  return { ...feed, stale: true, early: [] };
}
