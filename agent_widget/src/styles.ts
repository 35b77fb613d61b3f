/** Looks that all parts share. Pages theme the desk with the `--desk-*` properties; the rest follows from them. */

import { css } from "lit";

/** Colours and measures: on the outermost element only, inherited by everything inside. */
export const tokens = css`
  :host {
    color-scheme: light dark;
    --_page: var(--desk-page, light-dark(#f3f4f2, #15191b));
    --_surface: var(--desk-surface, light-dark(#ffffff, #1d2326));
    --_sunken: var(--desk-sunken, light-dark(#f7f8f6, #181d20));
    --_line: var(--desk-line, light-dark(#d9ddd9, #343c40));
    --_edge: var(--desk-edge, light-dark(#7d8782, #7b878c));
    --_ink: var(--desk-ink, light-dark(#1b2321, #e4e8e7));
    --_muted: var(--desk-muted, light-dark(#55605c, #a2adad));
    --_accent: var(--desk-accent, light-dark(#0b625c, #7accc1));
    --_on-accent: var(--desk-on-accent, light-dark(#ffffff, #0c211f));
    --_tint: var(--desk-tint, light-dark(#e6f1ef, #1c3433));
    --_warn: var(--desk-warn, light-dark(#7a4300, #f0c078));
    --_warn-tint: var(--desk-warn-tint, light-dark(#fdf1de, #362c1c));
    --_bad: var(--desk-bad, light-dark(#9c231d, #f5a49d));
    --_bad-tint: var(--desk-bad-tint, light-dark(#fcebe9, #3b2322));
    --_radius: var(--desk-radius, 8px);
    font: var(
      --desk-font,
      0.9375rem/1.45 -apple-system,
      "Segoe UI",
      Roboto,
      "Noto Sans",
      "Liberation Sans",
      Arial,
      sans-serif
    );
    color: var(--_ink);
    background: var(--_page);
  }
`;

export const shared = css`
  :host {
    display: block;
    box-sizing: border-box;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  [hidden] {
    display: none !important;
  }
  h1,
  h2,
  h3,
  p,
  ul,
  ol,
  dl,
  dd {
    margin: 0;
    padding: 0;
  }
  ul,
  ol {
    list-style: none;
  }
  h2 {
    font-size: 0.8125rem;
    font-weight: 650;
    letter-spacing: 0.01em;
    color: var(--_muted);
  }
  h3 {
    font-size: 0.8125rem;
    font-weight: 600;
    color: var(--_muted);
  }
  .muted {
    color: var(--_muted);
  }
  .small {
    font-size: 0.8125rem;
  }
  .numbers {
    font-variant-numeric: tabular-nums;
  }
  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .card {
    background: var(--_surface);
    border: 1px solid var(--_line);
    border-radius: var(--_radius);
  }
  .badge {
    display: inline-block;
    padding: 0.0625rem 0.5rem;
    border-radius: 999px;
    font-size: 0.8125rem;
    font-weight: 600;
    color: var(--_accent);
    background: var(--_tint);
  }
  .badge.warn {
    color: var(--_warn);
    background: var(--_warn-tint);
  }
  .badge.bad {
    color: var(--_bad);
    background: var(--_bad-tint);
  }
  .badge.plain {
    color: var(--_muted);
    background: none;
    box-shadow: inset 0 0 0 1px var(--_line);
  }

  button,
  input,
  textarea,
  select {
    font: inherit;
    color: inherit;
  }
  button {
    display: inline-flex;
    align-items: center;
    gap: 0.5rem;
    min-height: 2.125rem;
    padding: 0.25rem 0.75rem;
    border: 1px solid var(--_edge);
    border-radius: calc(var(--_radius) - 2px);
    background: var(--_surface);
    font-weight: 550;
    cursor: pointer;
  }
  button:hover {
    background: var(--_tint);
  }
  button.main {
    border-color: var(--_accent);
    background: var(--_accent);
    color: var(--_on-accent);
  }
  button.main:hover {
    background: color-mix(in oklab, var(--_accent) 88%, var(--_ink));
  }
  button.bare {
    min-height: 1.75rem;
    padding: 0.125rem 0.5rem;
    border-color: transparent;
    background: none;
    color: var(--_accent);
  }
  button.bare:hover {
    background: var(--_tint);
  }
  button[aria-disabled="true"],
  button[aria-disabled="true"]:hover {
    border-color: var(--_line);
    background: var(--_sunken);
    color: var(--_muted);
    cursor: default;
  }
  .mask {
    padding: 0 0.25rem;
    border-radius: 4px;
    background: var(--_line);
    color: var(--_muted);
  }
  kbd {
    padding: 0 0.3125rem;
    border-radius: 4px;
    font-family: inherit;
    font-size: 0.75rem;
    font-weight: 500;
    line-height: 1.4;
    white-space: nowrap;
    box-shadow: inset 0 0 0 1px color-mix(in srgb, currentColor 45%, transparent);
  }
  input,
  textarea,
  select {
    width: 100%;
    min-width: 0;
    min-height: 2.125rem;
    padding: 0.25rem 0.5rem;
    border: 1px solid var(--_edge);
    border-radius: calc(var(--_radius) - 2px);
    background: var(--_surface);
  }
  textarea {
    display: block;
    line-height: 1.45;
    resize: vertical;
  }
  input[type="radio"] {
    width: auto;
    min-height: 0;
    margin: 0;
    accent-color: var(--_accent);
  }
  :focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation: none !important;
      transition: none !important;
      scroll-behavior: auto !important;
    }
  }
  @media (forced-colors: active) {
    .badge,
    kbd {
      outline: 1px solid;
    }
  }
`;
