import { beforeEach, expect, test } from "vitest";
import { setLocale, t } from "../../i18n";
import { conditions } from "./asked";

beforeEach(() => setLocale("en"));

test("a rule is told by its conditions, and by nothing that is none", () => {
  const none = { status: "accepted", judged: "anybody", q_types: [], submitted_from: null, guideline_from: null, human_only: false } as const;
  expect(conditions({ ...none, q_types: [] }, t, String)).toEqual([]);
  const rule = {
    status: "submitted" as const,
    judged: "reviewer" as const,
    q_types: ["Pose" as const, "Speed/Force" as const],
    languages: ["ko" as const],
    guideline_from: 3,
    annotators: ["one", "two"],
    domains: ["kitchens"],
    human_only: true,
  };
  expect(conditions(rule, t, (person) => person.toUpperCase())).toEqual([
    "Work that is: Handed in or accepted",
    "Accepted by: A reviewer",
    "Question types: Pose, Speed or force",
    "Languages: Korean",
    "Under the guideline: Version 3 or newer",
    "Only work of: ONE, TWO",
    "Only domains: kitchens",
    "Only answers that no model drafted",
  ]);
});
