import { css, html, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { telephone, until, words } from "../format";
import type { ChangeRequest, ChangeValues, User } from "../generated/messages";
import { texts } from "../texts";
import { type CardAction, card, InboxCard } from "./inbox-card";
import { shared } from "../styles";

const t = texts.inbox.changes;

/** What somebody decides about a change. `values`: as they should be, part by part. */
export type ChangeAct =
  | { readonly act: "approve"; readonly values?: Readonly<Record<string, string>> }
  | { readonly act: "refuse" | "reverse"; readonly why: string }
  | { readonly act: "noticed" | "show" };

/**
 * A change that waits: what it was and will be, who gave it, what it still needs. Fires `act` with a `ChangeAct`, and
 * `open-contact` with the contact's id. `full` are the values in full, where they were asked for.
 */
@customElement("change-card")
export class ChangeCard extends InboxCard {
  static override styles = [
    shared,
    card,
    css`
      :host {
        border-left-color: var(--_warn);
      }
      .values {
        display: grid;
        gap: 0.25rem;
        margin: 0.25rem 0;
      }
      .values > div {
        display: flex;
        flex-wrap: wrap;
        gap: 0 0.5rem;
        align-items: baseline;
      }
      .part {
        color: var(--_muted);
      }
      del,
      ins {
        text-decoration: none;
        white-space: pre-line;
      }
      del {
        color: var(--_muted);
      }
      ins {
        font-weight: 600;
      }
      ul.plain {
        display: inline;
      }
      .finding {
        color: var(--_warn);
      }
      .finding.error {
        color: var(--_bad);
      }
      form {
        display: grid;
        gap: 0.5rem;
        margin-top: 0.625rem;
        padding-top: 0.625rem;
        border-top: 1px solid var(--_line);
      }
      label {
        display: grid;
        gap: 0.25rem;
      }
    `,
  ];

  @property({ attribute: false }) change!: ChangeRequest;
  @property({ attribute: false }) user!: User;
  @property({ attribute: false }) full: ChangeValues | null = null;
  @property() member = "";
  @property() giver = "";
  @state() private form: "why" | "values" | null = null;
  @query("form input, form textarea") private readonly first!: HTMLElement | null;

  override get what(): string {
    return `${words(this.change.field)}, ${this.member}`;
  }

  override updated(changed?: PropertyValues): void {
    super.updated();
    if (changed?.has("form") && this.form !== null) this.first?.focus();
  }

  /** What was asked for is done: the form is put away. */
  done(): void {
    this.form = null;
  }

  override render() {
    const { change } = this;
    const { standing } = change;
    const when = until(standing.proposed_at);
    const proposed = standing.state === "proposed";
    return html`<div class="head">
        <h3>${words(change.field)}</h3>
        <span class="badge ${proposed ? "plain" : "warn"}">${proposed ? t.proposed : t.waiting}</span>
      </div>
      <p>${this.member}</p>
      ${this.#values()}
      ${change.findings.map(
        ({ part, says, severity }) => html`<p class="finding ${severity}">${words(part)}: ${says}</p>`,
      )}
      ${
        change.lacking.length === 0
          ? nothing
          : html`<p><strong>${t.lacking}:</strong> ${change.lacking.map(inOwnTime).join("; ")}</p>`
      }
      ${this.#notice()}
      <p class="small muted">
        ${standing.proposed_by === null ? t.byCaller(when) : t.by(this.giver, when)}${
          change.authority_id === null ? nothing : `, ${t.byOther}`
        }
        ${standing.reasons.length === 0 ? nothing : html`<br />${t.held(standing.reasons.join("; "))}`}
      </p>
      ${this.form === null ? this.#actions() : this.form === "why" ? this.#whyForm() : this.#valuesForm()}`;
  }

  #values() {
    const { old, new: now } = this.full ?? this.change;
    const parts = [...new Set([...Object.keys(now), ...Object.keys(old)])];
    return html`<div class="values">
      ${parts.map(
        (part) =>
          html`<div>
            ${parts.length === 1 ? nothing : html`<span class="part">${words(part)}</span>`}
            <del><span class="unseen">${t.old} </span>${old[part] ?? t.notKnown}</del>
            <span aria-hidden="true">→</span>
            <ins><span class="unseen">${t.now} </span>${now[part] ?? t.notKnown}</ins>
            ${this.#heard(part, now[part])}
          </div>`,
      )}
      ${this.full === null ? nothing : html`<p class="small muted">${t.onRecord}</p>`}
    </div>`;
  }

  #heard(part: string, now: string | undefined) {
    const heard = this.change.heard[part];
    return heard === undefined || heard === now ? nothing : html`<span class="small muted">${t.heard(heard)}</span>`;
  }

  /** Where the notice goes, for who sends it. */
  #notice() {
    if (!this.#lacksNotice()) return nothing;
    const reached = Object.entries(this.change.old_contact);
    return reached.length === 0
      ? nothing
      : html`<p class="small">
          <span class="muted">${t.notice}</span>
          ${reached.map(([part, where]) => `${words(part)}: ${telephone(where.replaceAll("\n", ", "))}`).join("; ")}
        </p>`;
  }

  #actions() {
    const { contact_id } = this.change;
    return html`<div class="actions">
        ${this.buttons(this.actions())}
        ${
          contact_id === null
            ? nothing
            : html`<button class="bare" @click=${() => this.tell("open-contact", contact_id)}>
                <span>${texts.inbox.openContact}<span class="unseen">: ${this.what}</span></span>
              </button>`
        }
      </div>
      ${this.#lacksSecond() && this.#mine() ? html`<p class="small muted">${t.notYours}</p>` : nothing}`;
  }

  protected override actions(): readonly CardAction[] {
    if (this.form !== null) return []; // a letter typed with Alt is the form's
    const about = this.what;
    const { state } = this.change.standing;
    const wrong = this.change.findings.some(({ severity }) => severity === "error");
    const found: CardAction[] = [];
    const approves = state === "proposed" ? !wrong : this.#lacksSecond() && !this.#mine();
    if (approves) {
      found.push({ letter: "A", label: t.approve, about, main: true, run: () => this.#act({ act: "approve" }) });
    }
    if (state === "proposed") {
      found.push({ letter: "C", label: t.correct, about, main: wrong, run: () => (this.form = "values") });
    }
    if (this.#lacksNotice() && !this.#mine()) {
      found.push({ letter: "N", label: t.noticed, about, run: () => this.#act({ act: "noticed" }) });
    }
    if (this.#seesAll()) {
      const label = this.full === null ? t.show : t.hide;
      found.push({ letter: "V", label, about, run: () => this.#act({ act: "show" }) });
    }
    const label = this.#stops() === "refuse" ? t.refuse : t.takeBack;
    found.push({ letter: "X", label: `${label} …`, about, run: () => (this.form = "why") });
    return found;
  }

  #whyForm() {
    return html`<form @submit=${this.#stop} @keydown=${this.#escape}>
      <label>${t.why} <input name="why" maxlength="200" required autocomplete="off" /></label>
      <div class="actions">
        <button class="main">${this.#stops() === "refuse" ? t.refuse : t.takeBack}</button>
        <button type="button" @click=${this.#cancel}>${texts.inbox.cancel} <kbd>Esc</kbd></button>
      </div>
    </form>`;
  }

  #valuesForm() {
    const { change } = this;
    const parts = [...new Set([...Object.keys(change.new), ...change.findings.map(({ part }) => part)])];
    return html`<form @submit=${this.#correct} @keydown=${this.#escape}>
      <p class="small muted" id="help">${masked(change) ? t.secretHelp : t.correctHelp}</p>
      ${parts.map(
        (part) =>
          html`<label
            >${words(part)}
            <textarea
              name=${part}
              rows=${(change.new[part] ?? "").split("\n").length}
              maxlength="400"
              required
              aria-describedby="help"
              .value=${masked(change) ? "" : (change.new[part] ?? "")}
            ></textarea>
          </label>`,
      )}
      <div class="actions">
        <button class="main">${t.save}</button>
        <button type="button" @click=${this.#cancel}>${texts.inbox.cancel} <kbd>Esc</kbd></button>
      </div>
    </form>`;
  }

  #stop = (event: SubmitEvent): void => {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    this.#act({ act: this.#stops(), why: text(fields.get("why")) });
  };

  #correct = (event: SubmitEvent): void => {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    const values = Object.fromEntries([...fields].map(([part, value]) => [part, text(value)]));
    this.#act({ act: "approve", values });
  };

  #escape = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    this.#cancel();
  };

  #cancel = (): void => {
    this.form = null;
    this.focus();
  };

  #act(act: ChangeAct): void {
    this.tell("act", act);
  }

  /** Whether whoever sits here is the first person, so that the second must be another. */
  #mine(): boolean {
    const { confirmed_by, proposed_by } = this.change.standing;
    return [confirmed_by, proposed_by].includes(this.user.agent_id);
  }

  #lacksSecond(): boolean {
    const { state, safeguard, seconded_by } = this.change.standing;
    return state === "waiting" && safeguard.second_person && seconded_by === null;
  }

  #lacksNotice(): boolean {
    const { safeguard, noticed_at } = this.change.standing;
    return safeguard.notice && noticed_at === null;
  }

  #seesAll(): boolean {
    return this.user.role !== "agent" && masked(this.change);
  }

  /** What waits is refused by a second person; anybody may take it back. The server has the last word. */
  #stops(): "refuse" | "reverse" {
    return this.change.standing.state === "proposed" || this.user.role !== "agent" ? "refuse" : "reverse";
  }
}

function text(field: FormDataEntryValue | null): string {
  return typeof field === "string" ? field.trim() : "";
}

/** Of secrets the server shows dots and the last characters. */
function masked(change: ChangeRequest): boolean {
  return Object.values(change.new).some((value) => value.startsWith("••••"));
}

/** The server's words, with its moments as this computer's clock shows them. */
function inOwnTime(text: string): string {
  return text.replace(/(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC/, (_, date: string, time: string) =>
    until(`${date}T${time}:00Z`),
  );
}

declare global {
  interface HTMLElementTagNameMap {
    "change-card": ChangeCard;
  }
}
