"""FGQA as multi-binary accuracy: the right answer against other clips' answers to questions of the same type."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from model.data.conversations import fgqa_options_prompt, parse_option
from model.data.rejects import Rejects
from model.data.release import Release, Split
from model.data.samples import Sample, read_samples
from model.evaluate.benchmark import Item, Questions, Scores

BINARIES: Final = 3
"""Distractors of a question, at most."""


class Fgqa:
    """Fine-grained question answering. A question counts only when all its binaries are right (MBAcc)."""

    name = "fgqa"
    headline = "mbacc"

    def questions(self, release: Release, split: Split) -> Questions:
        """Each question against up to three distractors, each binary in both orders of its options.

        Distractors are answers from other source videos to questions of the same type: of the same split first, of the
        other one where it has too few.
        """
        rejects = Rejects(max_share=1.0)
        asked = _complete(read_samples(release, split, ["fgqa"], rejects), rejects)
        unasked = Rejects(max_share=1.0)  # what is wrong with the other split is no business of this score
        other = _complete(read_samples(release, "train" if split == "test" else "test", ["fgqa"], unasked), unasked)
        items: list[Item] = []
        for sample in asked:
            distractors = _distractors(sample, asked, other)
            if not distractors:
                rejects.add("no_distractor", sample.id)
            items += _binaries(sample, distractors)
        return Questions(items, rejects.counts)

    def score(self, items: Sequence[Item], answers: Sequence[str]) -> Scores:
        """MBAcc and accuracy of single binaries. Strict wants both orders right; compat looks at one of them."""
        compat: defaultdict[str, list[bool]] = defaultdict(list)
        strict: defaultdict[str, list[bool]] = defaultdict(list)
        types: dict[str, str] = {}
        shown, unparsed = [], 0
        for item, answer in zip(items, answers, strict=True):
            question, option = item.gold["qa_id"], parse_option(answer)
            right = option == item.gold["option"]
            types[question] = item.gold["q_type"]
            unparsed += option is None
            strict[question].append(right)
            if item.gold["compat"]:
                compat[question].append(public_is_right(answer, item.gold["option"]))
            shown.append(
                {"id": item.id, "prediction": answer, "gold": item.gold["option"], "right": right}
                | {"q_type": item.gold["q_type"], "distractor": item.gold["distractor"]}
            )
        by_type: defaultdict[str, list[bool]] = defaultdict(list)
        for question, rights in strict.items():
            by_type[types[question]].append(all(rights))
        return Scores(
            compat=_accuracies(compat),
            strict=_accuracies(strict) | {f"mbacc/{name}": _mean(rights) for name, rights in sorted(by_type.items())},
            counts={"questions": len(strict), "items": len(items), "unparsed": unparsed},
            marks={"distractors": "other_clips"},
            items=shown,
        )


def public_is_right(answer: str, option: str) -> bool:
    """Whether the public scorer takes `answer` for option A or B: by the first word, with its quirks."""
    text = answer.lower()
    if "answer:" in text:
        text = text.replace("answer:", "").strip()
    word, gold = text.split(" ")[0], f"({option.lower()})"
    return bool(word) and (word.replace(".", "") in gold or gold in word)


def _complete(samples: Sequence[Sample], rejects: Rejects) -> list[Sample]:
    needed = {"qa_id", "source_video_id", "q_type", "question", "answer"}
    for sample in samples:
        if not needed <= sample.meta.keys():
            rejects.add("bad_meta", sample.id)
    return [sample for sample in samples if needed <= sample.meta.keys()]


def _distractors(sample: Sample, asked: Sequence[Sample], other: Sequence[Sample]) -> list[Sample]:
    meta = sample.meta
    taken = {_plain(meta["answer"])}
    chosen: list[Sample] = []
    for pool in (asked, other):
        for candidate in sorted(pool, key=lambda c: _draw(meta["qa_id"], c.meta["qa_id"])):
            facts = candidate.meta
            elsewhere = facts["source_video_id"] != meta["source_video_id"]
            if len(chosen) < BINARIES and elsewhere and facts["q_type"] == meta["q_type"]:
                answer = _plain(facts["answer"])
                if answer not in taken:
                    taken.add(answer)
                    chosen.append(candidate)
    return chosen


def _binaries(sample: Sample, distractors: Sequence[Sample]) -> Iterator[Item]:
    meta = sample.meta
    for number, distractor in enumerate(distractors):
        wrong = distractor.meta["answer"]
        compat = "A" if _draw(meta["qa_id"], str(number))[0] < "8" else "B"
        for option in ("A", "B"):
            options = (meta["answer"], wrong) if option == "A" else (wrong, meta["answer"])
            gold = {"qa_id": meta["qa_id"], "option": option, "compat": option == compat, "q_type": meta["q_type"]}
            yield Item(
                id=f"{sample.id}/{number}{option}",
                sample=sample,
                prompt=fgqa_options_prompt(meta["question"], *options),
                max_new_tokens=16,
                gold={**gold, "distractor": distractor.id},
            )


def _draw(*parts: str) -> str:
    """A fixed random order that depends on nothing but the names."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _plain(answer: str) -> str:
    return " ".join(answer.lower().split()).rstrip(".")


def _accuracies(rights: dict[str, list[bool]]) -> dict[str, float]:
    if not rights:
        return {}
    binaries = [right for question in rights.values() for right in question]
    return {"mbacc": _mean([all(question) for question in rights.values()]), "binary_accuracy": _mean(binaries)}


def _mean(rights: Sequence[bool]) -> float:
    return sum(rights) / len(rights)
