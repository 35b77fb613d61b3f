import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { draft } from "../testing/samples";
import { Api, Refusal, refusal } from "./api";

const fetched = vi.fn<typeof fetch>();
const sent = (n: number) => {
  const [url, init] = fetched.mock.calls[n] ?? [];
  return { url, method: init?.method, headers: new Headers(init?.headers), body: init?.body };
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("fetch", fetched);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  fetched.mockReset();
});

describe("a command", () => {
  it("is marked as the desk's own and carries a key", async () => {
    fetched.mockResolvedValue(new Response(null, { status: 204 }));
    await new Api().transfer("c/1", { destination: "supervisor", suggestion_id: "s1" });
    expect(sent(0)).toMatchObject({
      url: "/api/calls/c%2F1/transfer",
      method: "POST",
      body: '{"destination":"supervisor","suggestion_id":"s1"}',
    });
    expect(sent(0).headers.get("X-Memberline")).toBe("1");
    expect(sent(0).headers.get("Idempotency-Key")).toMatch(/^[0-9a-f]{32}$/);
  });

  it("is sent again under the same key when the line failed", async () => {
    fetched.mockRejectedValueOnce(new TypeError("network"));
    fetched.mockResolvedValueOnce(new Response("{}"));
    const done = new Api().confirm("c1", draft());
    await vi.advanceTimersByTimeAsync(500);
    await done;
    expect(sent(1).headers.get("Idempotency-Key")).toBe(sent(0).headers.get("Idempotency-Key"));
  });

  it("is not sent again when the server refused it", async () => {
    fetched.mockResolvedValue(new Response('{"title":"Conflict","detail":"The call is over."}', { status: 409 }));
    await expect(new Api().dismiss("c1", "s1")).rejects.toThrow("The call is over.");
    expect(fetched).toHaveBeenCalledTimes(1);
  });
});

describe("a list in pages", () => {
  it("is asked for from where the page before ended", async () => {
    fetched.mockImplementation(() => Promise.resolve(new Response('{"items":[],"next":null}')));
    await new Api().contacts("m/1");
    await new Api().contacts("m/1", "a+b==");
    expect(sent(0).url).toBe("/api/members/m%2F1/contacts?after=");
    expect(sent(1).url).toBe("/api/members/m%2F1/contacts?after=a%2Bb%3D%3D");
  });
});

describe("the staff", () => {
  it("are asked for page by page until there are all", async () => {
    const line = (agent_id: string) => ({ agent: { agent_id }, state: null });
    const pages = [
      { agents: [line("a"), line("b")], next: "p2" },
      { agents: [line("c")], next: null },
    ];
    fetched.mockImplementation(() => Promise.resolve(new Response(JSON.stringify(pages.shift()))));
    expect((await new Api().staff()).map(({ agent }) => agent.agent_id)).toEqual(["a", "b", "c"]);
    expect(sent(0).url).toBe("/api/agents?limit=100&after=");
    expect(sent(1).url).toBe("/api/agents?limit=100&after=p2");
  });
});

describe("a refusal", () => {
  it("speaks in the server's words, or tells the status", () => {
    expect(refusal(409, '{"title":"Conflict","detail":"The call is over."}').message).toBe("The call is over.");
    expect(refusal(409, '{"title":"Conflict"}').message).toBe("Conflict");
    expect(refusal(502, "<html>Bad gateway</html>").message).toBe("The server answered 502.");
    expect(refusal(500, "null").message).toBe("The server answered 500.");
  });

  it("tells that an answer cannot be read", async () => {
    fetched.mockResolvedValue(new Response("<html>"));
    await expect(new Api().desk()).rejects.toBeInstanceOf(Refusal);
  });
});
