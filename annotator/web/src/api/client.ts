// The one HTTP client. Types come from the server's OpenAPI document once it is generated.
import createClient from "openapi-fetch";

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Loose = (path: string, init?: any) => Promise<{ data?: any; error?: unknown; response: Response }>;

const typed = createClient({ baseUrl: "/", credentials: "same-origin" });
export const api = typed as unknown as Record<"GET" | "POST" | "PUT" | "PATCH" | "DELETE", Loose>;
