import { css, html, LitElement } from "lit";
import { customElement, state } from "lit/decorators.js";
import "../agent-desk";
import type { Phase } from "../generated/messages";
import { Api, Refusal, type Session } from "../store/api";
import { shared, tokens } from "../styles";
import { texts } from "../texts";
import "./phone-wall";
import "./sign-in-form";

/** The whole page: who is not signed in signs in, an agent gets the desk, a supervisor the wall. */
@customElement("memberline-page")
export class MemberlinePage extends LitElement {
  static override styles = [
    tokens,
    shared,
    css`
      :host {
        height: 100%;
        overflow-y: auto;
      }
      .checking {
        padding: 2rem;
        text-align: center;
      }
    `,
  ];

  readonly #api = new Api();
  @state() private session: Session | "none" | "unknown" = "unknown";
  @state() private problem = "";

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#recognise();
  }

  override render() {
    const { session } = this;
    if (session === "unknown") {
      return html`<main class="checking" role="status">${this.problem || texts.signIn.checking}</main>`;
    }
    if (session === "none") {
      return html`<sign-in-form .api=${this.#api} @signed-in=${this.#signedIn}></sign-in-form>`;
    }
    const leave = html`<button slot="menu" class="bare" @click=${this.#leave}>${texts.header.signOut}</button>`;
    return session.role === "supervisor"
      ? html`<phone-wall .api=${this.#api} @signed-out=${this.#signedOut}>${leave}</phone-wall>`
      : html`<agent-desk @signed-out=${this.#signedOut} @phase-changed=${this.#phase}>${leave}</agent-desk>`;
  }

  /** A session from before a reload goes on. */
  async #recognise(): Promise<void> {
    try {
      this.session = await this.#api.session();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.status === 401) this.session = "none";
      else this.problem = error.message;
    }
  }

  #signedIn = (event: CustomEvent<Session>): void => {
    this.session = event.detail;
  };

  #signedOut = (): void => {
    this.session = "none";
  };

  #leave = async (): Promise<void> => {
    try {
      await this.#api.signOut();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error; // refused or not: nobody sits at this desk any more
    }
    this.session = "none";
  };

  /** The tab tells that a phone rings, and never who calls. */
  #phase = (event: CustomEvent<Phase | null>): void => {
    document.title = event.detail === null ? texts.product : `${texts.phase[event.detail]} – ${texts.product}`;
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "memberline-page": MemberlinePage;
  }
}
