import { html } from "lit";
import { customElement, property } from "lit/decorators.js";
import { calendarDay, until } from "../format";
import type { Ended, Task } from "../generated/messages";
import { texts } from "../texts";
import { type CardAction, InboxCard } from "./inbox-card";

const t = texts.inbox.tasks;

/** One task. `today` is the day at the site. Fires `end` with its new state, `open-contact` with the contact's id. */
@customElement("task-card")
export class TaskCard extends InboxCard {
  @property({ attribute: false }) task!: Task;
  @property() member = "";
  @property() today = "";

  override get what(): string {
    return this.task.what;
  }

  override render() {
    const { task } = this;
    return html`<div class="head">
        <h3>${task.what}</h3>
        ${this.#due()}
      </div>
      <p>${this.member}</p>
      <p class="small muted">
        ${task.kind === "correspondence" ? html`${t.send[task.medium]}. ` : ""}${t.promised(until(task.made_at))}
      </p>
      <div class="actions">
        ${this.buttons(this.actions())}
        <button class="bare" @click=${() => this.tell("open-contact", task.contact_id)}>
          <span>${texts.inbox.openContact}<span class="unseen">: ${this.what}</span></span>
        </button>
      </div>`;
  }

  protected override actions(): readonly CardAction[] {
    const about = this.what;
    const end = (state: Ended) => () => this.tell("end", state);
    return [
      { letter: "A", label: t.done, about, main: true, run: end("done") },
      { letter: "X", label: t.drop, about, run: end("dropped") },
    ];
  }

  #due() {
    const { due } = this.task;
    if (due === null) return html`<span class="badge plain">${t.noDate}</span>`;
    if (due < this.today) return html`<span class="badge bad">${t.overdue(calendarDay(due))}</span>`;
    if (due === this.today) return html`<span class="badge warn">${t.today}</span>`;
    return html`<span class="badge plain">${t.due(calendarDay(due))}</span>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "task-card": TaskCard;
  }
}
