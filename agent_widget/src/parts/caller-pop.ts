import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { repeat } from "lit/directives/repeat.js";
import { calendarDay, day, money, telephone, words } from "../format";
import type { Authority, DeskCall, MemberProfile, PastContacts } from "../generated/messages";
import type { DeskStore } from "../store/desk-store";
import { shared } from "../styles";
import { texts } from "../texts";

const t = texts.pop;

/** Everything to know about who calls, in the order in which it is needed. */
@customElement("caller-pop")
export class CallerPop extends LitElement {
  static override styles = [
    shared,
    css`
      section {
        display: grid;
        align-content: start;
        gap: 0.75rem;
        max-height: 100%;
        overflow-y: auto;
        padding: 1rem;
      }
      .who {
        display: grid;
        gap: 0.375rem;
      }
      .name {
        font-size: 1.375rem;
        font-weight: 650;
        line-height: 1.25;
        color: var(--_ink);
        overflow-wrap: anywhere;
      }
      .badges {
        display: flex;
        flex-wrap: wrap;
        gap: 0.375rem;
      }
      .chosen {
        padding: 0.5rem 0.75rem;
        border-radius: calc(var(--_radius) - 2px);
        background: var(--_tint);
      }
      .chosen strong {
        display: block;
        overflow-wrap: anywhere;
      }
      .caution {
        padding: 0.5rem 0.75rem;
        border-radius: calc(var(--_radius) - 2px);
        color: var(--_warn);
        background: var(--_warn-tint);
      }
      .bad {
        color: var(--_bad);
        background: var(--_bad-tint);
      }
      .block {
        display: grid;
        gap: 0.25rem;
        padding-top: 0.75rem;
        border-top: 1px solid var(--_line);
      }
      dl {
        display: grid;
        grid-template-columns: 6.25rem minmax(0, 1fr);
        gap: 0.125rem 0.75rem;
      }
      dt {
        color: var(--_muted);
      }
      dd {
        overflow-wrap: anywhere;
      }
      .list li {
        padding-left: 0.875rem;
        text-indent: -0.875rem;
        overflow-wrap: anywhere;
      }
      .list li::before {
        content: "– ";
        color: var(--_muted);
      }
      .contacts li + li {
        margin-top: 0.5rem;
      }
      .contacts p {
        overflow-wrap: anywhere;
      }
      summary {
        cursor: pointer;
        font-size: 0.8125rem;
        font-weight: 600;
        color: var(--_muted);
      }
      details[open] summary {
        margin-bottom: 0.375rem;
      }
      fieldset {
        min-width: 0;
        margin: 0;
        padding: 0.75rem 0 0;
        border: 0;
        border-top: 1px solid var(--_line);
      }
      legend {
        float: left;
        width: 100%;
        padding: 0;
        font-size: 0.8125rem;
        font-weight: 600;
        color: var(--_muted);
      }
      .speaker {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        clear: both;
        gap: 0 0.5rem;
        align-items: baseline;
        padding-block: 0.25rem;
        cursor: pointer;
      }
      .speaker .small {
        grid-column: 2;
        overflow-wrap: anywhere;
      }
      .speaker.void {
        cursor: not-allowed;
        color: var(--_muted);
      }
      .candidate + .candidate {
        margin-top: 0.625rem;
      }
    `,
  ];

  @property({ attribute: false }) call!: DeskCall;
  @property({ attribute: false }) store!: DeskStore;
  /** The pages that were asked for, in one; `next` begins the next page. */
  @state() private history: (PastContacts & { readonly member_id: string }) | null = null;

  override render() {
    const { caller, member, candidates } = this.call;
    const before = caller.menu_path.filter((step) => step !== caller.chosen);
    const several = member === null && candidates.length > 0;
    return html`<section class="card" aria-labelledby="caller">
      <div class="who">
        <h1 class="name" id="caller">${member?.name ?? (several ? t.candidates : texts.unknownCaller)}</h1>
        <div class="badges">
          <span class="badge ${caller.verification === "pin" ? "" : "warn"}"
            >${texts.verification[caller.verification]}</span
          >
          ${
            member === null
              ? nothing
              : html`<span class="badge plain">${words(member.relation)}</span>
                  <span class="badge plain">${words(member.status)}</span>`
          }
        </div>
        ${
          caller.consent === "given"
            ? html`<p class="small muted">${texts.consent.given}</p>`
            : html`<p class="caution small ${caller.consent === "refused" ? "bad" : ""}">
                ${texts.consent[caller.consent]}
              </p>`
        }
        ${member?.flags.map((flag) => html`<p class="caution"><strong>${flag}</strong></p>`)}
        ${
          member !== null && caller.verification !== "pin"
            ? html`<p class="caution small">${t.verifyFirst}</p>`
            : nothing
        }
      </div>
      <div class="chosen">
        <span class="small muted">${t.chose}</span>
        <strong>${caller.chosen || "–"}</strong>
        ${before.length === 0 ? nothing : html`<span class="small muted">${t.after(before.join(" › "))}</span>`}
      </div>
      ${this.#what(member)}
      <dl class="block">
        ${fact(t.number, telephone(caller.number))}
        ${fact(t.language, texts.languages[caller.language] ?? caller.language)}
      </dl>
    </section>`;
  }

  #what(member: MemberProfile | null) {
    if (member !== null) return this.#profile(member);
    if (this.call.candidates.length === 0) return html`<p class="muted">${t.noMember}</p>`;
    return html`<p class="caution small">${t.candidatesHelp}</p>
      <ul>
        ${repeat(
          this.call.candidates,
          (one) => one.member_id,
          (one) =>
            html`<li class="candidate">
              <strong>${one.name}</strong> <span class="badge warn">${texts.verification.none}</span>
              <p class="small muted">
                ${t.memberNumber} ${one.member_number} · ${t.born} ${calendarDay(one.birth_date)} ·
                ${words(one.relation)}
              </p>
            </li>`,
        )}
      </ul>`;
  }

  /** Who may speak for the member, held to the record: what does not hold today cannot be chosen. */
  #speaks({ authorities }: MemberProfile) {
    if (authorities.length === 0) return nothing;
    const choose = (id: string | null) => void this.store.acting(id);
    return html`<fieldset>
      <legend>${t.speaks}</legend>
      <label class="speaker">
        <input type="radio" name="speaks" .checked=${live(this.call.acting === null)} @change=${() => choose(null)} />
        <span>${t.theMember}</span>
      </label>
      ${authorities.map((one) => {
        const not = whyNot(one, today());
        return html`<label class="speaker ${not === "" ? "" : "void"}">
          <input
            type="radio"
            name="speaks"
            ?disabled=${not !== ""}
            .checked=${live(this.call.acting === one.authority_id)}
            @change=${() => choose(one.authority_id)}
          />
          <span>${one.name}</span>
          <span class="small muted">
            ${joined(
              t.actsBy(words(one.kind), one.document),
              one.may_change ? t.mayChange : t.mayAsk,
              one.topics.length === 0 ? t.allMatters : t.matters(one.topics.map(words).join(", ")),
              not !== "" || one.valid_until === null ? not : t.until(calendarDay(one.valid_until)),
            )}
          </span>
        </label>`;
      })}
    </fieldset>`;
  }

  #profile(member: MemberProfile) {
    return html`${this.#speaks(member)}
      <div class="block">
        <h2>${t.openMatters}</h2>
        ${
          member.open_matters.length === 0
            ? html`<p class="muted">${t.noOpenMatters}</p>`
            : html`<ul class="list">
                ${member.open_matters.map((matter) => html`<li>${matter}</li>`)}
              </ul>`
        }
      </div>
      <dl class="block">
        ${fact(t.plan, joined(member.plan, member.tier))}
        ${fact(t.employer, joined(member.employer, member.service_years === null ? "" : t.years(member.service_years)))}
        ${member.benefit_cents === null ? nothing : fact(t.benefit, t.monthly(money(member.benefit_cents)))}
        ${
          member.next_payment === null
            ? nothing
            : fact(
                t.nextPayment,
                t.payment(money(member.next_payment.amount_cents), calendarDay(member.next_payment.date)),
              )
        }
      </dl>
      <div class="block">
        <h2>${t.lastContacts}</h2>
        ${this.#contacts(member)}
      </div>
      <details class="block">
        <summary>${t.details}</summary>
        <dl>
          ${fact(t.memberNumber, member.member_number)} ${fact(t.born, calendarDay(member.birth_date))}
          ${fact(t.phone, telephone(member.phone))} ${fact(t.email, member.email)}
          ${fact(t.address, member.address.join(", "))}
          ${fact(
            t.beneficiaries,
            member.beneficiaries
              .map((one) => t.beneficiary(one.name, words(one.relation), one.share_percent))
              .join("; "),
          )}
        </dl>
      </details>`;
  }

  #contacts(member: MemberProfile) {
    const asked = this.history?.member_id === member.member_id ? this.history : null;
    const shown = asked?.items ?? member.last_contacts.slice(0, 3);
    if (shown.length === 0) return html`<p class="muted">${t.noContacts}</p>`;
    return html`<ul class="contacts">
        ${repeat(
          shown,
          (contact) => contact.contact_id,
          (contact) =>
            html`<li>
              <p class="small muted">
                ${day(contact.at)} · ${words(contact.channel)} · ${contact.topics.map(words).join(", ")} ·
                ${words(contact.resolution)}
              </p>
              <p>${contact.summary}</p>
              <button
                class="bare small"
                aria-label=${texts.past.open(day(contact.at))}
                @click=${() => this.dispatchEvent(new CustomEvent("open-contact", { detail: contact.contact_id }))}
              >
                ${t.openContact}
              </button>
            </li>`,
        )}
      </ul>
      ${
        asked?.next === null
          ? nothing
          : html`<div>
              <button class="bare" @click=${() => this.#load(member.member_id)}>
                ${asked === null ? t.allContacts : t.moreContacts}
              </button>
            </div>`
      }`;
  }

  async #load(member_id: string): Promise<void> {
    const shown = this.history;
    const before = shown?.member_id === member_id ? shown : null;
    const page = await this.store.history(member_id, before?.next ?? "");
    // A second click asks for the same page: only the first answer continues what is shown.
    if (page === null || this.history !== shown) return;
    this.history = { member_id, items: [...(before?.items ?? []), ...page.items], next: page.next };
  }
}

/** Why an authority gives no right on `on` (YYYY-MM-DD); empty: it does. The server has the last word. */
function whyNot(one: Authority, on: string): string {
  if (one.revoked_on !== null && one.revoked_on <= on) return t.revoked(calendarDay(one.revoked_on));
  if (on < one.valid_from) return t.notYet(calendarDay(one.valid_from));
  if (one.valid_until !== null && on > one.valid_until) return t.ended(calendarDay(one.valid_until));
  return "";
}

function today(): string {
  const now = new Date();
  const two = (number: number) => String(number).padStart(2, "0");
  return `${String(now.getFullYear())}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" · ");
}

function fact(name: string, value: string): TemplateResult | typeof nothing {
  return value === ""
    ? nothing
    : html`<dt>${name}</dt>
        <dd>${value}</dd>`;
}

declare global {
  interface HTMLElementTagNameMap {
    "caller-pop": CallerPop;
  }
}
