/** Values as people read them. Pure; times are shown in the browser's own zone. */

const MONEY = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
const DAY = new Intl.DateTimeFormat("en-US", { year: "numeric", month: "short", day: "numeric" });
const CALENDAR_DAY = new Intl.DateTimeFormat("en-US", {
  year: "numeric",
  month: "short",
  day: "numeric",
  timeZone: "UTC",
});
const CLOCK = new Intl.DateTimeFormat("en-US", { hour: "numeric", minute: "2-digit" });
const DAY_CLOCK = new Intl.DateTimeFormat("en-US", {
  weekday: "short",
  month: "short",
  day: "numeric",
  hour: "numeric",
  minute: "2-digit",
});
const CLOCK_SECONDS = new Intl.DateTimeFormat("en-US", { hour: "numeric", minute: "2-digit", second: "2-digit" });

export const money = (cents: number): string => MONEY.format(cents / 100);

/** The day of a moment, "Mar 9, 2026". */
export const day = (moment: string): string => DAY.format(new Date(moment));

/** A calendar date (YYYY-MM-DD): no zone may move it to the day before. */
export function calendarDay(date: string): string {
  const moment = new Date(`${date}T00:00:00Z`);
  return Number.isNaN(moment.getTime()) ? date : CALENDAR_DAY.format(moment);
}

export const clock = (moment: string): string => CLOCK.format(new Date(moment));
export const clockSeconds = (moment: string): string => CLOCK_SECONDS.format(new Date(moment));

/** A moment as seen from `now`: "3:00 PM" where it is of the same day, else "Wed, Mar 11, 8:00 AM". */
export function until(moment: string, now = new Date()): string {
  const then = new Date(moment);
  return then.toDateString() === now.toDateString() ? CLOCK.format(then) : DAY_CLOCK.format(then);
}

/** Seconds as a running clock shows them: "0:07", "12:03", "1:02:03". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (part: number) => String(part).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Seconds between two moments, never below zero. */
export const secondsBetween = (from: string, to: string): number =>
  Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);

/** A North American number as it is written there; any other as it came. */
export function telephone(number: string): string {
  const match = /^(?:\+?1)?(\d{3})(\d{3})(\d{4})$/.exec(number.replace(/[\s().-]/g, ""));
  return match ? `(${match[1] ?? ""}) ${match[2] ?? ""}-${match[3] ?? ""}` : number;
}

/** An id in words: "tax_form_1099r" is "Tax form 1099r". */
export function words(id: string): string {
  const spaced = id.replace(/[_-]+/g, " ").trim();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
