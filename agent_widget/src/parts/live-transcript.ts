import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { newlyFinal } from "../announcements";
import { duration } from "../format";
import type { DeskCall, Utterance } from "../generated/messages";
import { aria, label } from "../keys";
import { shared } from "../styles";
import { texts } from "../texts";
import { MASK, masked } from "./masked-text";

const t = texts.transcript;

/** This near to the end, in pixels, the reader reads along and the text scrolls by itself. */
const AT_END_PX = 48;

/** The words of both, as they are spoken: grey while they may change, black when they stand. */
@customElement("live-transcript")
export class LiveTranscript extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-height: 0;
        position: relative;
      }
      .box {
        display: flex;
        flex-direction: column;
        flex: 1;
        min-height: 0;
        overflow: hidden;
      }
      h2 {
        padding: 0.625rem 1rem;
        border-bottom: 1px solid var(--_line);
      }
      .scroll {
        flex: 1;
        min-height: 6rem;
        overflow-y: auto;
        overscroll-behavior: contain;
        padding: 0.75rem 1rem 1rem;
        outline-offset: -2px;
      }
      li {
        display: grid;
        grid-template-columns: 3.25rem minmax(0, 1fr);
        max-width: 46rem;
        padding: 0.125rem 0.375rem;
        border-radius: 4px;
      }
      li.turn {
        margin-top: 0.625rem;
      }
      li:first-child {
        margin-top: 0;
      }
      .time {
        grid-row: span 2;
        padding-top: 0.125rem;
        color: var(--_muted);
      }
      .speaker {
        grid-column: 2;
        font-size: 0.8125rem;
        font-weight: 650;
        color: var(--_muted);
      }
      .caller .speaker {
        color: var(--_accent);
      }
      .text {
        grid-column: 2;
        font-size: 1rem;
        overflow-wrap: anywhere;
      }
      .partial .text {
        color: var(--_muted);
      }
      .evidence {
        background: var(--_tint);
        box-shadow: inset 3px 0 var(--_accent);
      }
      .note {
        padding: 0.5rem 1rem;
        color: var(--_warn);
        background: var(--_warn-tint);
      }
      .jump {
        position: absolute;
        bottom: 0.75rem;
        left: 50%;
        translate: -50%;
        box-shadow: 0 2px 8px rgb(0 0 0 / 0.2);
      }
    `,
  ];

  @property({ attribute: false }) call!: DeskCall;
  @state() private behind = false;
  @state() private spoken: readonly Utterance[] = [];
  @query(".scroll") private readonly scroller!: HTMLElement;

  /** Back to the newest words, and along with them from then on. */
  jump(): void {
    this.behind = false;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /** Put one utterance into view: where a suggestion comes from. */
  show(utterance_id: string): void {
    this.renderRoot.querySelector(`[data-id="${CSS.escape(utterance_id)}"]`)?.scrollIntoView({ block: "center" });
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("call");
    if (before === undefined) return;
    const same = before.call_id === this.call.call_id;
    if (!same) this.behind = false;
    const final = newlyFinal(same ? before.transcript : [], this.call.transcript);
    if (final.length > 0) this.spoken = final;
  }

  override firstUpdated(): void {
    this.#resized.observe(this.scroller);
  }

  override updated(): void {
    this.#follow();
  }

  override render() {
    const { transcript, suggestions, transcribed } = this.call;
    const evidence = new Set(suggestions.map((suggestion) => suggestion.evidence_utterance_id));
    return html`<div class="box card">
        <h2 id="label">${t.label}</h2>
        ${transcribed === "live" ? nothing : html`<p class="note">${t[transcribed]}</p>`}
        <div class="scroll" tabindex="0" role="region" aria-labelledby="label" @scroll=${this.#scrolled}>
          ${
            transcript.length === 0
              ? html`<p class="muted">${this.#empty()}</p>`
              : html`<ol>
                  ${repeat(
                    transcript,
                    (one) => one.utterance_id,
                    (one, index) => this.#line(one, transcript[index - 1]?.speaker !== one.speaker, evidence),
                  )}
                </ol>`
          }
        </div>
      </div>
      ${
        this.behind
          ? html`<button class="jump" aria-keyshortcuts=${aria("jump")} @click=${() => this.jump()}>
              ${t.jump} <kbd>${label("jump")}</kbd>
            </button>`
          : nothing
      }
      <div class="unseen" role="log" aria-live="polite" aria-label=${t.spoken}>
        ${repeat(
          this.spoken,
          (one) => one.utterance_id,
          (one) => html`<p>${texts.speaker[one.speaker]}: ${one.text.replaceAll(MASK, t.hidden)}</p>`,
        )}
      </div>`;
  }

  #line(one: Utterance, turn: boolean, evidence: ReadonlySet<string>) {
    const marked = evidence.has(one.utterance_id);
    const classes = [one.speaker, turn ? "turn" : "", one.final ? "" : "partial", marked ? "evidence" : ""].join(" ");
    return html`<li class=${classes} data-id=${one.utterance_id}>
      <span class="time small numbers">${duration(one.start_s)}</span>
      <span class=${turn ? "speaker" : "unseen"}>${one.name || texts.speaker[one.speaker]}</span>
      <span class="text"
        >${masked(one.text)}${one.final ? nothing : html`<span class="unseen"> (${t.partial})</span>`}${
          marked ? html`<span class="unseen"> (${t.evidence})</span>` : nothing
        }</span
      >
    </li>`;
  }

  /** What stands in the place of words; the note above has said it where none can be expected. */
  #empty(): string {
    const { phase, transcribed } = this.call;
    if (transcribed !== "live") return "";
    if (phase === "ringing") return t.ringing;
    return phase === "wrap_up" ? t.nothing : t.listening;
  }

  #follow = (): void => {
    if (!this.behind) this.scroller.scrollTop = this.scroller.scrollHeight;
  };

  /** A card that appears above makes the room for words smaller: the newest ones stay in it. */
  readonly #resized = new ResizeObserver(this.#follow);

  #scrolled = (): void => {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    this.behind = scrollHeight - scrollTop - clientHeight > AT_END_PX;
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "live-transcript": LiveTranscript;
  }
}
