/** Keeps a snapshot and the events that follow it in step: nothing twice, nothing skipped, and never a guess. */

import type { DeskInfo, DeskState, Position, Pushed } from "../generated/messages";
import { apply } from "./apply";

/** One event at its place in the stream. */
export type EventFrame = Pick<Pushed, "epoch" | "offset" | "event"> & Partial<Pick<Pushed, "kept">>;

/**
 * `state` holds for `position`. While `stale`, a new snapshot is needed; what arrives meanwhile waits in `early`,
 * because the snapshot may be older than it.
 */
export interface Feed {
  readonly state: DeskState | null;
  readonly position: Position | null;
  readonly stale: boolean;
  readonly early: readonly EventFrame[];
}

export const EMPTY: Feed = { state: null, position: null, stale: true, early: [] };

/** More than this many events during one fetch means the fetch hangs: the oldest go, and the gap asks for another. */
const EARLY_BOUND = 1000;

/** Take one event from the wire. */
export function receive(feed: Feed, frame: EventFrame): Feed {
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
function pass(feed: Feed, { epoch, offset, event }: EventFrame): Feed {
  const { state, position, stale } = feed;
  if (stale || state === null || position?.epoch !== epoch || position.offset !== offset) return feed;
  return { ...feed, state: apply(state, event) };
}

/** Take a snapshot, then what arrived while it was on its way. Of epochs that ended meanwhile nothing is left to take. */
export function load(feed: Feed, snapshot: DeskInfo): Feed {
  const fresh: Feed = { state: snapshot.state, position: snapshot.position, stale: false, early: [] };
  const last = feed.early.at(-1)?.epoch;
  const early = last === snapshot.position.epoch ? feed.early.filter(({ epoch }) => epoch === last) : feed.early;
  return early.reduce(receive, fresh);
}

/** The stream cannot be continued from where we stand. */
export function outdated(feed: Feed): Feed {
  return { ...feed, stale: true, early: [] };
}
