import { expect, it } from "vitest";
import { actionOf, label } from "./keys";

const press = (key: string, held: Partial<Parameters<typeof actionOf>[0]> = {}) =>
  actionOf({
    key,
    code: "",
    altKey: false,
    ctrlKey: false,
    metaKey: false,
    shiftKey: false,
    isComposing: false,
    ...held,
  });

it("acts on its keys alone", () => {
  expect(press("a", { altKey: true })).toBe("accept");
  expect(press("x", { altKey: true })).toBe("dismiss");
  expect(press("Enter", { ctrlKey: true })).toBe("confirm");
  expect(press("Enter", { metaKey: true })).toBe("confirm");
});

it("lets people type", () => {
  expect(press("a")).toBeNull();
  expect(press("Enter")).toBeNull();
  expect(press("a", { ctrlKey: true })).toBeNull();
  expect(press("á", { altKey: true, ctrlKey: true, code: "KeyA" })).toBeNull(); // AltGr
  expect(press("Enter", { ctrlKey: true, isComposing: true })).toBeNull();
});

it("finds the key where Alt types another letter", () => {
  expect(press("å", { altKey: true, code: "KeyA" })).toBe("accept");
});

it("follows the letter, not its place, on other layouts", () => {
  expect(press("a", { altKey: true, code: "KeyQ" })).toBe("accept");
  expect(press("q", { altKey: true, code: "KeyA" })).toBeNull();
});

it("is printed on the button", () => {
  expect([label("accept"), label("confirm")]).toEqual(["Alt+A", "Ctrl+Enter"]);
});
