/** Saves operations over HTTP, and says in one word what became of them. */

import { api } from "../api/client";
import type { Body, Operation } from "./body";
import type { Answer, Problem, Transport } from "./documentStore";

interface Saved {
  revision: number;
  problems: Problem[];
}

interface Conflicting {
  revision: number;
  body: Body;
  operations_since: Operation[];
}

export const httpTransport: Transport = {
  async save(document_id, revision, operations): Promise<Answer> {
    let answer: { data?: unknown; error?: unknown; response: Response };
    try {
      answer = await api.PATCH("/api/documents/{document_id}", {
        params: { path: { document_id }, header: { "if-match": `"${revision}"` } },
        body: { operations: operations.map((operation) => ({ ...operation, record: operation.record && { ...operation.record } })) },
      });
    } catch {
      return { kind: "unreachable" };
    }
    const { status } = answer.response;
    if (answer.response.ok) {
      const saved = answer.data as Saved;
      return { kind: "saved", revision: saved.revision, problems: saved.problems };
    }
    if (status === 412) {
      const theirs = answer.error as Conflicting;
      return { kind: "conflict", revision: theirs.revision, body: theirs.body, since: theirs.operations_since };
    }
    const message = detailOf(answer.error) ?? `HTTP ${status}`;
    if (status === 401) return { kind: "signed-out" };
    if (status === 400 || status === 413 || status === 422) return { kind: "refused", message };
    if (status === 403 || status === 404 || status === 409 || status === 423) return { kind: "forbidden", message };
    return { kind: "unreachable" };
  },
};

function detailOf(error: unknown): string | null {
  if (typeof error !== "object" || error === null || !("detail" in error)) return null;
  return typeof error.detail === "string" ? error.detail : null;
}
