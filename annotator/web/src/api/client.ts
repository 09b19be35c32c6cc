// The one HTTP client, typed by the server's OpenAPI document (`npm run api`).
import createClient from "openapi-fetch";
import type { paths } from "./schema.gen";

export const api = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });
