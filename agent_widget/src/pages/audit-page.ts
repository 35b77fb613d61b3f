import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { clockSeconds, words } from "../format";
import type { AuditCheck, Look } from "../generated/messages";
import { type Api, Refusal } from "../store/api";
import { shared } from "../styles";
import { texts } from "../texts";
import { page } from "./page-styles";

const t = texts.audit;

/** Who looked at what, when and why; and whether the log is whole. Fires `signed-out` when the server asks for it. */
@customElement("audit-page")
export class AuditPage extends LitElement {
  static override styles = [
    shared,
    page,
    css`
      form {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem;
        align-items: end;
      }
      form label {
        display: grid;
        gap: 0.25rem;
      }
      td.numbers {
        white-space: nowrap;
      }
      code {
        overflow-wrap: anywhere;
      }
    `,
  ];

  @property({ attribute: false }) api!: Api;
  @state() private looks: readonly Look[] = [];
  @state() private next: string | null = null;
  @state() private check: AuditCheck | null = null;
  @state() private problem = "";
  #asked = { agent: "", member: "" };

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load(null);
  }

  override render() {
    return html`<header>
        <h1>${t.title}</h1>
        <div class="side small"><slot name="menu"></slot></div>
      </header>
      <div role="alert">${this.problem === "" ? nothing : html`<p class="problem">${this.problem}</p>`}</div>
      <main>
        <section class="card whole">
          <form @submit=${this.#search}>
            <label>${t.agent} <input name="agent" /></label>
            <label>${t.member} <input name="member" /></label>
            <button class="main">${t.search}</button>
            <button type="button" @click=${this.#verify}>${t.verify}</button>
            <span role="status">${this.check === null ? nothing : this.#checked(this.check)}</span>
          </form>
        </section>
        <section class="card whole">
          <div class="scroll" tabindex="0" role="region" aria-label=${t.title}>
            <table>
              <thead>
                <tr>
                  ${t.heads.map((head) => html`<th scope="col">${head}</th>`)}
                </tr>
              </thead>
              <tbody>
                ${repeat(
                  this.looks,
                  (look) => look.id,
                  (look) =>
                    html`<tr>
                      <td class="numbers">${look.at.slice(0, 10)} ${clockSeconds(look.at)}</td>
                      <td>${look.agent_name} <span class="muted small">${look.agent_id}</span></td>
                      <td>${words(look.action)}</td>
                      <td>${look.member_id ?? look.contact_id ?? look.about}</td>
                      <td>${look.why}</td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>
          ${this.next === null ? nothing : html`<p><button @click=${() => void this.#load(this.next)}>${t.older}</button></p>`}
        </section>
      </main>`;
  }

  #checked(check: AuditCheck) {
    if (!check.whole) return t.broken(check.why);
    return html`${t.whole(check.entries)} ${t.newest} <code>${check.last_id}:${check.head}</code>`;
  }

  #search = (event: SubmitEvent): void => {
    event.preventDefault();
    const fields = new FormData(event.target as HTMLFormElement);
    const text = (name: string) => ((fields.get(name) as string | null) ?? "").trim();
    this.#asked = { agent: text("agent"), member: text("member") };
    void this.#load(null);
  };

  #verify = (): void => {
    void this.#do(async () => {
      this.check = await this.api.auditCheck();
    });
  };

  async #load(after: string | null): Promise<void> {
    await this.#do(async () => {
      const page = await this.api.audit(this.#asked, after);
      this.looks = after === null ? page.items : [...this.looks, ...page.items];
      this.next = page.next;
    });
  }

  async #do(work: () => Promise<void>): Promise<void> {
    this.problem = "";
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.status === 401) this.dispatchEvent(new CustomEvent("signed-out", { detail: null }));
      this.problem = error.message;
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "audit-page": AuditPage;
  }
}
