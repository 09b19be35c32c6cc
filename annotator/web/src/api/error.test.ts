import { expect, test } from "vitest";
import { ApiError, asApiError, unwrap, unwrapMaybe } from "./error";

const answer = (status: number, part: { data?: unknown; error?: unknown }) =>
  Promise.resolve({ ...part, response: new Response(status === 204 ? null : "{}", { status }) });

test("the data of a good answer", async () => {
  expect(await unwrap(answer(200, { data: { id: "1" } }))).toEqual({ id: "1" });
});

test("204 is undefined where it may be, and an error where a body is needed", async () => {
  expect(await unwrapMaybe(answer(204, {}))).toBeUndefined();
  await expect(unwrap(answer(204, {}))).rejects.toBeInstanceOf(ApiError);
});

test("a problem names its field, and the form shows it once", async () => {
  const problem = { title: "Taken", status: 409, detail: "This e-mail has an account.", field: "email" };
  const error = asApiError(await unwrap(answer(409, { error: problem })).catch((thrown: unknown) => thrown));
  expect(error.status).toBe(409);
  expect(error.field("email")).toBe("This e-mail has an account.");
  expect(error.besides(["email"])).toBeUndefined();
  expect(error.besides(["name"])).toBe("This e-mail has an account.");
});

test("a list of errors is found by the end of its path, and what no field shows is said", async () => {
  const problem = {
    title: "Not acceptable",
    errors: [
      { field: "body.name", message: "Too long." },
      { field: "review_share", message: "At most 1." },
    ],
  };
  const error = asApiError(await unwrap(answer(422, { error: problem })).catch((thrown: unknown) => thrown));
  expect(error.field("name")).toBe("Too long.");
  expect(error.besides(["name"])).toBe("At most 1.");
});

test("no answer at all has status 0, and a body that is no problem says its status", async () => {
  const offline = await unwrap(Promise.reject<never>(new TypeError("Failed to fetch"))).catch((thrown: unknown) => thrown);
  expect(asApiError(offline).status).toBe(0);
  const odd = asApiError(await unwrap(answer(502, { error: "<html>" })).catch((thrown: unknown) => thrown));
  expect([odd.status, odd.message]).toEqual([502, "HTTP 502"]);
});
