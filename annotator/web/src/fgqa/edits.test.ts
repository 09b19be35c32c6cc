import { expect, test } from "vitest";
import { EMPTY_BODY, type Body, type QuestionRecord } from "../editor/body";
import { accept, addQuestion, changeQuestion, isAnswered, nextOpen, questionsOf, reasonsFor, reject, removeQuestion, writeText } from "./edits";

const given = (id: string, draft: string | null): QuestionRecord => ({
  id,
  text: `What about ${id}?`,
  q_type: "Pose",
  draft,
  origin: "imported",
});
const body: Body = { ...EMPTY_BODY, questions: { a: given("a", "It sits."), b: given("b", null) } };

test("a draft is accepted, and without one there is nothing to accept", () => {
  expect(accept(body, "a").answers["a"]).toMatchObject({ id: "a", verdict: "accept", reason: null, text: "" });
  expect(accept(body, "b")).toBe(body);
});

test("a rejection keeps its explanation when the reason changes", () => {
  const rejected = writeText(reject(body, "a", "incorrect"), "a", "It stands.");
  const again = reject(rejected, "a", "lacks_detail");
  expect(again.answers["a"]).toMatchObject({ id: "a", verdict: "reject", reason: "lacks_detail", text: "It stands." });
});

test("without a draft only the reasons that close the question are there", () => {
  expect(reasonsFor(given("b", null))).toEqual(["irrelevant", "unanswerable"]);
  expect(reject(body, "b", "incorrect")).toBe(body);
  expect(reject(body, "b", "irrelevant").answers["b"]?.reason).toBe("irrelevant");
});

test("an answer whose text was deleted is no answer", () => {
  const written = writeText(body, "b", "Two cups.");
  expect(isAnswered(written, "b")).toBe(true);
  expect(writeText(written, "b", "").answers).toEqual({});
});

test("own questions come last, can change and go; given ones stay", () => {
  const asked = addQuestion(body, "c", "Counting Problems");
  expect(questionsOf(asked).map((question) => question.id)).toEqual(["a", "b", "c"]);
  expect(changeQuestion(asked, "c", { text: "How many?" }).questions["c"]?.text).toBe("How many?");
  expect(changeQuestion(asked, "a", { text: "Other" })).toBe(asked);
  expect(removeQuestion(asked, "a")).toBe(asked);
  expect(Object.keys(removeQuestion(asked, "c").questions)).toEqual(["a", "b"]);
});

test("after an answer comes the next open question, around the end too", () => {
  expect(nextOpen(accept(body, "a"), "a")).toBe("b");
  expect(nextOpen(writeText(body, "b", "Two."), "b")).toBe("a");
});
