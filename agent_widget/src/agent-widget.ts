/** What other pages load: defines `<agent-desk>` and gives out the reducer, the same that the desk runs on. */

export { AgentDesk } from "./agent-desk";
export { apply } from "./store/apply";
