import { expect, it } from "vitest";
import { LightResponse } from "./light-response";

it("leaves the platform's own Request and Response where Next finds them", () => {
  expect(LightResponse).not.toBe(Response);
  expect(new Response()).not.toBeInstanceOf(LightResponse);
  expect(Object.getPrototypeOf(new Request("http://localhost"))).toBe(Request.prototype);
});

it("is a Response for whoever looks inside", async () => {
  const answer = new LightResponse('{"a":1}', { status: 201, headers: { etag: '"1"' } });
  expect(answer).toBeInstanceOf(Response);
  answer.headers.append("set-cookie", "a=1");
  answer.headers.append("set-cookie", "b=2");
  expect([answer.status, answer.headers.get("etag"), answer.headers.getSetCookie()]).toEqual([
    201,
    '"1"',
    ["a=1", "b=2"],
  ]);
  expect(await answer.clone().json()).toEqual({ a: 1 });
  expect(await new Response(answer.body, answer).text()).toBe('{"a":1}');
});
