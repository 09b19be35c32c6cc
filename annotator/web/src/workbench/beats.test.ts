/** Beats of a lease against a server that answers when it is told to. */

import { beforeEach, expect, test } from "vitest";

import { ApiError } from "../api/error";
import { Beats } from "./beats";

const HANDED_IN = new ApiError(409, "This task is already submitted.", [], undefined);

let told: number[];
let answers: ((error?: ApiError) => void)[];
let lost: unknown[];
let beats: Beats;

beforeEach(() => {
  told = [];
  answers = [];
  lost = [];
  beats = new Beats({
    send: (seconds) => {
      told.push(seconds);
      return new Promise((resolve, reject) => {
        answers.push((error) => {
          if (error) reject(error);
          else resolve({ lease_expires_at: "2030-01-01T00:00:00Z" });
        });
      });
    },
    renewed: () => undefined,
    lost: (error) => lost.push(error),
    failed: () => undefined,
  });
});

const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

test("a report waits for the beat under way, and tells what was worked since", async () => {
  beats.worked(30);
  void beats.beat();
  await later();
  beats.worked(4);
  let reported = false;
  const report = beats.beat().then(() => { reported = true; });
  await later();
  expect([told, reported]).toEqual([[30], false]);
  answers[0]?.();
  await later();
  answers[1]?.();
  await report;
  expect(told).toEqual([30, 4]);
});

test("a task that was handed in before its page was left is nothing to be told of", async () => {
  beats.worked(5);
  const last = beats.leave();
  await later();
  answers[0]?.(HANDED_IN);
  await last;
  expect(lost).toEqual([]);
});

test("a task that is lost while it is worked on is told; one that the server could not be asked about keeps its seconds", async () => {
  beats.worked(5);
  const first = beats.beat();
  await later();
  answers[0]?.(new ApiError(0, "no answer", [], undefined));
  await first;
  beats.worked(2);
  const second = beats.beat();
  await later();
  answers[1]?.(HANDED_IN);
  await second;
  expect(told).toEqual([5, 7]);
  expect(lost).toEqual([HANDED_IN]);
});
