/** How the wall changes: pure, and the same as on the server, so that state plus events is a fresh fetch. */

import type { Wall, WallChanged } from "../generated/messages";

const NOTHING: Wall = { queues: [], agents: [], calls: [] };

/** The wall after `event`; one of a kind that is not known here returns `wall` itself. */
export function applyToWall(wall: Wall, event: WallChanged): Wall {
  if ((event.type as string) !== "WallChanged") return wall;
  const before = event.anew ? NOTHING : wall;
  return {
    queues: merged(before.queues, event.queues, event.queues_gone, (line) => line.name),
    agents: merged(before.agents, event.agents, event.agents_gone, (line) => line.agent_id),
    calls: merged(before.calls, event.calls, event.calls_gone, (line) => line.call_id),
  };
}

function merged<Line>(
  lines: readonly Line[],
  other: readonly Line[],
  gone: readonly string[],
  key: (line: Line) => string,
): readonly Line[] {
  const out = new Set([...gone, ...other.map(key)]);
  return [...lines.filter((line) => !out.has(key(line))), ...other].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
