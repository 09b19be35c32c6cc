// One error for every refused call, with the fields it names (RFC 9457 problem+json), and one `unwrap`.
import { told, toldRefusal } from "../i18n/told";
import type { components } from "./schema.gen";

export type FieldError = components["schemas"]["FieldProblem"];
/** What stands between us and the server may answer, too: nothing of it is certain. */
type Told = Partial<components["schemas"]["ProblemDetails"]>;

export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    /** The HTTP status; 0 when no answer came. */
    readonly status: number,
    message: string,
    readonly errors: readonly FieldError[],
    /** The whole body: a conflict carries the newer state. */
    readonly body: unknown,
  ) {
    super(message);
  }

  /** What the server said about one field of the form, or undefined. */
  field(name: string): string | undefined {
    return this.errors.find((error) => error.field === name || error.field.endsWith(`.${name}`))?.message;
  }

  /** The message, without what is shown beside a field of this form anyway. */
  besides(fields: readonly string[]): string | undefined {
    const shown = this.errors.filter((error) => fields.some((name) => error.field === name || error.field.endsWith(`.${name}`)));
    if (shown.length === 0) return this.message;
    const rest = this.errors.filter((error) => !shown.includes(error));
    return rest.length > 0 ? rest.map((error) => error.message).join(" ") : undefined;
  }
}

function isProblem(body: unknown): body is Told {
  return typeof body === "object" && body !== null && ("detail" in body || "title" in body || "errors" in body);
}

export function toError(status: number, body: unknown): ApiError {
  if (!isProblem(body)) return new ApiError(status, `HTTP ${status}`, [], body);
  const errors = (body.errors ?? []).map(({ field, message }) => ({ field, message: told(message) }));
  const detail = (typeof body.detail === "string" && body.detail) || body.title || `HTTP ${status}`;
  const message = toldRefusal(body.type, body.title, detail);
  if (body.field && errors.length === 0) errors.push({ field: body.field, message });
  return new ApiError(status, message, errors, body);
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(0, error instanceof Error ? error.message : String(error), [], undefined);
}

interface Answer<Data> {
  data?: Data | undefined;
  error?: unknown;
  response: Response;
}

/** The data of an openapi-fetch call, or a thrown ApiError. Status 0 when the server was not reached. */
export async function unwrap<Data>(call: Promise<Answer<Data>>): Promise<NonNullable<Data>> {
  const data = await unwrapMaybe(call);
  if (data === undefined || data === null) throw new ApiError(0, "The server answered without a body.", [], undefined);
  return data as NonNullable<Data>;
}

/** The same for calls that may answer 204: undefined then. */
export async function unwrapMaybe<Data>(call: Promise<Answer<Data>>): Promise<Data | undefined> {
  let answer: Answer<Data>;
  try {
    answer = await call;
  } catch (error) {
    throw asApiError(error);
  }
  if (!answer.response.ok) throw toError(answer.response.status, answer.error);
  return answer.response.status === 204 ? undefined : answer.data;
}
