import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { SignInWays } from "../generated/messages";
import { type Api, Refusal } from "../store/api";
import { shared } from "../styles";
import { texts } from "../texts";

const t = texts.signIn;
const CODE_NEEDED = "urn:memberline:code";

/** Name and password. Fires `signed-in` with the session. */
@customElement("sign-in-form")
export class SignInForm extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        place-items: center;
        min-height: 100%;
        padding: 1rem;
      }
      main {
        width: 100%;
        max-width: 24rem;
      }
      form {
        display: grid;
        gap: 1rem;
        padding: 1.75rem;
      }
      h1 {
        font-size: 1.25rem;
        font-weight: 650;
      }
      label {
        display: grid;
        gap: 0.25rem;
      }
      button {
        justify-content: center;
      }
      .organisation {
        padding: 0.375rem 0.75rem;
        border: 1px solid var(--_edge);
        border-radius: calc(var(--_radius) - 2px);
        font-weight: 550;
        text-align: center;
        color: inherit;
      }
      .problem {
        padding: 0.5rem 0.75rem;
        border-radius: calc(var(--_radius) - 2px);
        color: var(--_bad);
        background: var(--_bad-tint);
      }
    `,
  ];

  @property({ attribute: false }) api!: Api;
  @state() private waiting = false;
  @state() private problem = "";
  @state() private codeNeeded = false;
  @state() private ways: SignInWays = { password: true, organisation: false };
  @query("[name=code]") private readonly code!: HTMLInputElement | null;
  @query("[name=username]") private readonly username!: HTMLInputElement | null;
  @query("[name=password]") private readonly password!: HTMLInputElement | null;

  override firstUpdated(): void {
    this.username?.focus();
    void this.#ask();
  }

  async #ask(): Promise<void> {
    try {
      this.ways = await this.api.ways();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error; // the form stands: the password is the usual way
    }
  }

  override render() {
    return html`<main>
      <form class="card" @submit=${this.#submit}>
        <h1>${t.title}</h1>
        ${this.ways.organisation ? html`<a class="organisation" href="/api/oidc">${t.organisation}</a>` : nothing}
        ${this.ways.password ? this.#password() : nothing}
      </form>
    </main>`;
  }

  #password() {
    return html`
      <label>${t.username} <input name="username" autocomplete="username" autocapitalize="none" required /></label>
      <label> ${t.password} <input name="password" type="password" autocomplete="current-password" required /> </label>
      ${
        this.codeNeeded
          ? html`<label>
              ${t.code}
              <input name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="6" required />
            </label>`
          : nothing
      }
      <div role="alert">${this.problem === "" ? nothing : html`<p class="problem">${this.problem}</p>`}</div>
      <button class="main" aria-disabled=${this.waiting}>${this.waiting ? t.waiting : t.submit}</button>
    `;
  }

  #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.waiting) return;
    this.waiting = true;
    this.problem = "";
    try {
      const session = await this.api.signIn({
        username: this.username?.value ?? "",
        password: this.password?.value ?? "",
        code: this.code?.value.trim() ?? "",
      });
      this.dispatchEvent(new CustomEvent("signed-in", { detail: session }));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.problem = error.message;
      if (error.kind === CODE_NEEDED) {
        this.codeNeeded = true;
        await this.updateComplete;
        this.code?.select();
        this.code?.focus();
      } else {
        if (this.password !== null) this.password.value = "";
        this.password?.focus();
      }
    } finally {
      this.waiting = false;
    }
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "sign-in-form": SignInForm;
  }
}
