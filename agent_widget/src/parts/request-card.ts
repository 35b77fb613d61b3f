import { html, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { until, words } from "../format";
import type { CallerRequest, RequestDecision } from "../generated/messages";
import { texts } from "../texts";
import { type CardAction, InboxCard } from "./inbox-card";

const t = texts.inbox.requests;

/** What a caller asked for in the menu. Fires `decide` with `done` or `refused`. */
@customElement("request-card")
export class RequestCard extends InboxCard {
  @property({ attribute: false }) request!: CallerRequest;
  @property() member = "";

  override get what(): string {
    return `${words(this.request.kind)}, ${this.request.reference}`;
  }

  override render() {
    const { request } = this;
    const details = Object.entries(request.details).filter(([, value]) => value !== "" && value !== null);
    return html`<div class="head">
        <h3>${words(request.kind)}</h3>
        ${request.state === "proposed" ? html`<span class="badge warn">${t.proposed}</span>` : nothing}
      </div>
      <p>${this.member}</p>
      <dl>
        <dt>${t.reference}</dt>
        <dd class="numbers">${request.reference}</dd>
        ${details.map(
          ([name, value]) =>
            html`<dt>${words(name)}</dt>
              <dd>${said(value)}</dd>`,
        )}
      </dl>
      <p class="small muted">
        ${t.asked(until(request.at))}${request.authority_id === null ? nothing : `, ${t.byOther}`}
      </p>
      <div class="actions">${this.buttons(this.actions())}</div>`;
  }

  protected override actions(): readonly CardAction[] {
    const about = this.what;
    const decide = (state: RequestDecision["state"]) => () => this.tell("decide", state);
    const label = this.request.state === "proposed" ? t.approve : t.done;
    return [
      { letter: "A", label, about, main: true, run: decide("done") },
      { letter: "X", label: t.refuse, about, run: decide("refused") },
    ];
  }
}

/** A detail as people read it: moments in their own zone, ids in words. */
function said(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value)) return until(value);
  return /^[a-z]+(_[a-z0-9]+)+$/.test(value) ? words(value) : value;
}

declare global {
  interface HTMLElementTagNameMap {
    "request-card": RequestCard;
  }
}
