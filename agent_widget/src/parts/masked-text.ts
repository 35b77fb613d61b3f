import { html } from "lit";
import { texts } from "../texts";

/** What stands in the place of words that nobody is to see. */
export const MASK = "•••";

/** A text in which what is hidden is seen as that, and read out as that. Style it as `.mask`. */
export function masked(text: string) {
  const [first, ...rest] = text.split(MASK);
  return [first, ...rest.map((part) => html`${hidden()}${part}`)];
}

function hidden() {
  const { hidden: word } = texts.transcript;
  return html`<span class="mask"><span aria-hidden="true">${MASK}</span><span class="unseen">${word}</span></span>`;
}
