import { css } from "lit";

/** What the pages of tables have in common: a head, cards, lists that scroll by themselves. */
export const page = css`
  header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 0.25rem 1rem;
    min-height: 3rem;
    padding: 0.375rem 1rem;
    background: var(--_surface);
    border-bottom: 1px solid var(--_line);
  }
  h1 {
    font-size: 1rem;
    font-weight: 650;
  }
  .side {
    display: flex;
    align-items: center;
    gap: 1rem;
    margin-left: auto;
  }
  main {
    display: grid;
    grid-template-columns: repeat(2, minmax(0, 1fr));
    gap: 1rem;
    max-width: 120rem;
    margin: 0 auto;
    padding: 1rem;
  }
  section {
    padding: 0.875rem 1rem;
  }
  .whole {
    grid-column: 1 / -1;
  }
  .scroll {
    overflow-x: auto;
  }
  table {
    width: 100%;
    margin-top: 0.375rem;
    border-collapse: collapse;
  }
  th {
    font-size: 0.8125rem;
    font-weight: 600;
    text-align: left;
    color: var(--_muted);
  }
  tbody th {
    font-size: inherit;
    color: inherit;
  }
  .scroll + p {
    margin-top: 0.75rem;
  }
  th,
  td {
    padding: 0.3125rem 0.75rem 0.3125rem 0;
    border-bottom: 1px solid var(--_line);
  }
  .problem,
  .news {
    padding: 0.5rem 1rem;
    color: var(--_bad);
    background: var(--_bad-tint);
  }
  .news {
    color: var(--_accent);
    background: var(--_tint);
  }
  @media (max-width: 720px) {
    main {
      grid-template-columns: minmax(0, 1fr);
    }
  }
`;
