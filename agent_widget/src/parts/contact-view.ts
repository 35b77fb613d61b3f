import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { clock, day, duration, words } from "../format";
import type { ContactDraft, ContactShown, Line, Recording } from "../generated/messages";
import type { Api } from "../store/api";
import { shared } from "../styles";
import { texts } from "../texts";
import { masked } from "./masked-text";

const t = texts.past;
/** Seconds that the server gives at once. */
const PIECE_S = 600;

/** A contact that is over: what was documented, what was said, and its sound, which the words follow. Fires `close`. */
@customElement("contact-view")
export class ContactView extends LitElement {
  static override styles = [
    shared,
    css`
      dialog {
        width: min(46rem, calc(100vw - 2rem));
        max-height: calc(100vh - 2rem);
        padding: 0;
        border: 1px solid var(--_line);
        border-radius: var(--_radius);
        color: inherit;
        background: var(--_surface);
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 0.35);
      }
      .whole {
        display: grid;
        grid-template-rows: auto auto minmax(0, 1fr);
        max-height: calc(100vh - 2rem);
      }
      header,
      .about,
      .sound {
        padding: 0.75rem 1rem;
        border-bottom: 1px solid var(--_line);
      }
      header {
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem 0.75rem;
        align-items: baseline;
      }
      header button {
        margin-left: auto;
      }
      .about {
        display: grid;
        gap: 0.375rem;
      }
      audio {
        width: 100%;
      }
      ol {
        min-height: 6rem;
        overflow-y: auto;
        padding: 0.5rem 1rem 1rem;
      }
      li {
        display: grid;
        grid-template-columns: 4rem minmax(0, 1fr);
        padding: 0.125rem 0.25rem;
        border-radius: 4px;
      }
      li.now {
        background: var(--_tint);
        box-shadow: inset 3px 0 var(--_accent);
      }
      li button {
        justify-content: start;
        padding: 0;
      }
    `,
  ];

  @property({ attribute: false }) api!: Api;
  @property() contact_id = "";
  @state() private shown: ContactShown | null = null;
  @state() private recording: Recording | null = null;
  @state() private trouble = "";
  @state() private from_s = 0;
  @state() private now_s = -1;
  @query("dialog") private readonly dialog!: HTMLDialogElement;
  @query("audio") private readonly audio!: HTMLAudioElement | null;

  override firstUpdated(): void {
    this.dialog.showModal();
    void this.#load();
  }

  override updated(changed: PropertyValues): void {
    if (changed.has("now_s")) this.renderRoot.querySelector("li.now")?.scrollIntoView({ block: "nearest" });
  }

  override render() {
    return html`<dialog aria-labelledby="title" @close=${this.#closed}>
      <div class="whole">
        <header>
          <h2 id="title">${t.title}</h2>
          ${this.shown === null ? nothing : html`<span class="small muted">${this.#when(this.shown)}</span>`}
          <button type="button" @click=${() => this.dialog.close()}>${t.close} <kbd>Esc</kbd></button>
        </header>
        <div>
          ${this.trouble === "" ? nothing : html`<p class="about">${this.trouble}</p>`}
          ${this.shown === null ? nothing : this.#about(this.shown)} ${this.#sound()}
        </div>
        ${this.shown === null ? nothing : this.#said(this.shown.transcript)}
      </div>
    </dialog>`;
  }

  #when({ contact }: ContactShown): string {
    const agents = contact.course.flatMap((step) => (step.step === "answered" ? [step.agent_name] : []));
    return [day(contact.started_at), clock(contact.started_at), words(contact.channel), ...agents].join(" · ");
  }

  #about({ contact }: ContactShown) {
    const written: ContactDraft | null = contact.confirmed ?? contact.corrected ?? contact.draft;
    if (written === null) return html`<p class="about muted">${t.notDocumented}</p>`;
    return html`<div class="about">
      <p>${written.summary}</p>
      <p class="small muted">${[...written.topics.map(words), texts.resolution[written.resolution]].join(" · ")}</p>
      ${
        written.commitments.length === 0
          ? nothing
          : html`<p class="small">${t.promised} ${written.commitments.join("; ")}</p>`
      }
    </div>`;
  }

  #sound() {
    const { recording } = this;
    if (recording === null) return nothing;
    if (recording.state === "deleted") return html`<p class="sound small muted">${t.deleted}</p>`;
    const end_s = Math.min(this.from_s + PIECE_S, recording.length_s ?? this.from_s + PIECE_S);
    return html`<div class="sound">
      <audio
        controls
        preload="none"
        aria-label=${t.sound}
        src=${this.api.soundUrl(this.contact_id, this.from_s, end_s)}
        @timeupdate=${this.#plays}
        @error=${() => (this.trouble = t.noSound)}
      ></audio>
      <p class="small muted">${t.onRecord}</p>
    </div>`;
  }

  #said(lines: readonly Line[]) {
    if (lines.length === 0) return html`<p class="about muted">${t.noWords}</p>`;
    const now = lines.findLast((line) => line.start_s <= this.now_s)?.utterance_id;
    return html`<ol aria-label=${t.words}>
      ${repeat(
        lines,
        (line) => line.utterance_id,
        (line) =>
          html`<li class=${line.utterance_id === now ? "now" : ""}>
            ${
              this.recording?.state === "kept"
                ? html`<button
                    type="button"
                    class="bare small numbers"
                    aria-label=${t.playFrom(duration(line.start_s))}
                    @click=${() => void this.#play(line.start_s)}
                  >
                    ${duration(line.start_s)}
                  </button>`
                : html`<span class="small muted numbers">${duration(line.start_s)}</span>`
            }
            <span><span class="small muted">${line.name}</span><br />${masked(line.text)}</span>
          </li>`,
      )}
    </ol>`;
  }

  async #load(): Promise<void> {
    try {
      [this.shown, this.recording] = await Promise.all([
        this.api.contact(this.contact_id),
        this.api.recording(this.contact_id),
      ]);
    } catch (error) {
      this.trouble = error instanceof Error ? error.message : t.noSound;
    }
  }

  /** Play from a second of the call on; another piece is fetched where it lies outside the one at hand. */
  async #play(second: number): Promise<void> {
    const piece = Math.floor(second / PIECE_S) * PIECE_S;
    if (piece !== this.from_s) {
      this.from_s = piece;
      await this.updateComplete;
    }
    const { audio } = this;
    if (audio === null) return;
    if (audio.readyState === HTMLMediaElement.HAVE_NOTHING) {
      audio.load();
      await new Promise((resolve) => {
        audio.addEventListener("loadedmetadata", resolve, { once: true });
        audio.addEventListener("error", resolve, { once: true });
      });
    }
    audio.currentTime = second - this.from_s;
    try {
      await audio.play();
    } catch {
      this.trouble = t.noSound;
    }
  }

  #plays = (): void => {
    if (this.audio !== null) this.now_s = this.from_s + this.audio.currentTime;
  };

  #closed = (): void => {
    this.audio?.pause();
    this.dispatchEvent(new CustomEvent("close"));
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "contact-view": ContactView;
  }
}
