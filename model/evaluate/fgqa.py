"""FGQA as multi-binary accuracy: the right answer against written wrong ones, or against other clips' answers."""

from __future__ import annotations

import hashlib
from bisect import bisect
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Final

from model.data.conversations import fgqa_options_prompt, fgqa_prompt, parse_option
from model.data.rejects import Rejects
from model.data.release import Release, Split
from model.data.samples import Sample, read_samples
from model.evaluate.benchmark import Item, Questions, Scores

BINARIES: Final = 3
"""Other clips' answers that a question without written distractors gets, at most."""
_LOOKED_AT: Final = 1000
"""Candidates among which they are looked for: where answers repeat, there may be no three to be found."""


class Fgqa:
    """Fine-grained question answering. A question counts only when all its binaries are right (MBAcc)."""

    name = "fgqa"
    headline = "mbacc"

    def questions(self, release: Release, split: Split) -> Questions:
        """Each question against its wrong answers, each binary in both orders of its options.

        Wrong answers are those that were written for the question (`meta.distractors`, which people checked): all of
        them. A question without any gets answers from other source videos to questions of the same type: of the same
        split first, of the other one where it has too few.
        """
        rejects = Rejects(max_share=1.0)
        asked = _complete(read_samples(release, split, ["fgqa"], rejects), rejects)

        @cache
        def other() -> _Answers:
            unasked = Rejects(max_share=1.0)  # what is wrong with the other split is no business of this score
            rows = read_samples(release, "train" if split == "test" else "test", ["fgqa"], unasked)
            return _Answers(_complete(rows, unasked))

        own = _Answers(asked)
        items: list[Item] = []
        for sample in asked:
            wrong = _written(sample) or _of_other_clips(sample, own, other)
            if not wrong:
                rejects.add("no_distractor", sample.id)
            items += _binaries(sample, wrong)
        return Questions(items, rejects.counts)

    def score(self, items: Sequence[Item], answers: Sequence[str]) -> Scores:
        """MBAcc and accuracy of single binaries. Strict wants both orders right; compat looks at one of them.

        Where only some questions have written distractors, `mbacc_written` is of those alone.
        """
        compat: defaultdict[str, list[bool]] = defaultdict(list)
        strict: defaultdict[str, list[bool]] = defaultdict(list)
        types: dict[str, str] = {}
        written: set[str] = set()
        shown, unparsed = [], 0
        for item, answer in zip(items, answers, strict=True):
            question, option = item.gold["qa_id"], parse_option(answer)
            right = option == item.gold["option"]
            types[question] = item.gold["q_type"]
            if item.gold["written"]:
                written.add(question)
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
        both = 0 < len(written) < len(strict)
        return Scores(
            compat=_accuracies(compat, written),
            strict=_accuracies(strict, written)
            | {f"mbacc/{name}": _mean(rights) for name, rights in sorted(by_type.items())},
            counts={"questions": len(strict), "written": len(written), "items": len(items), "unparsed": unparsed},
            marks={"distractors": "written and other_clips" if both else "written" if written else "other_clips"},
            items=shown,
        )


def public_is_right(answer: str, option: str) -> bool:
    """Whether the public scorer takes `answer` for option A or B: by the first word, with its quirks."""
    text = answer.lower()
    if "answer:" in text:
        text = text.replace("answer:", "").strip()
    word, gold = text.split(" ")[0], f"({option.lower()})"
    return bool(word) and (word.replace(".", "") in gold or gold in word)


@dataclass(frozen=True)
class _Wrong:
    """A wrong option, and where it comes from: the sample whose answer it is, or `written`."""

    text: str
    origin: str


class _Answers:
    """The answers to questions of each type, on a ring in an order that follows from nothing but their ids."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self._rings: defaultdict[str, list[tuple[str, Sample]]] = defaultdict(list)
        for sample in samples:
            self._rings[sample.meta["q_type"]].append((_draw(sample.meta["qa_id"]), sample))
        for ring in self._rings.values():
            ring.sort(key=lambda at: at[0])

    def drawn(self, sample: Sample) -> Iterator[Sample]:
        """Those to questions of its type, each once, from a place on the ring that follows from its own id."""
        ring = self._rings.get(sample.meta["q_type"], [])
        start = bisect(ring, _draw("ring", sample.meta["qa_id"]), key=lambda at: at[0])
        return (ring[(start + place) % len(ring)][1] for place in range(len(ring)))


def _complete(samples: Sequence[Sample], rejects: Rejects) -> list[Sample]:
    """Those that tell what is needed; the wearer's questions (SGQA) are another benchmark's."""
    needed = ("qa_id", "source_video_id", "q_type", "question", "answer")
    found = []
    for sample in samples:
        if not all(isinstance(sample.meta.get(name), str) for name in needed):
            rejects.add("bad_meta", sample.id)
        elif sample.prompt != fgqa_prompt(sample.meta["question"]):
            rejects.add("sgqa", sample.id)
        else:
            found.append(sample)
    return found


def _written(sample: Sample) -> list[_Wrong]:
    texts = sample.meta.get("distractors")
    right = _plain(sample.meta["answer"])
    return [
        _Wrong(text, "written")
        for text in (texts if isinstance(texts, list) else [])
        if isinstance(text, str) and _plain(text) not in {"", right}
    ]


def _of_other_clips(sample: Sample, own: _Answers, other: Callable[[], _Answers]) -> list[_Wrong]:
    taken = {_plain(sample.meta["answer"])}
    chosen: list[_Wrong] = []
    pools: tuple[Callable[[], _Answers], ...] = (lambda: own, other)
    for pool in pools:
        if len(chosen) == BINARIES:
            break
        for candidate in islice(pool().drawn(sample), _LOOKED_AT):
            text, elsewhere = candidate.meta["answer"], candidate.meta["source_video_id"]
            if elsewhere != sample.meta["source_video_id"] and _plain(text) not in taken:
                taken.add(_plain(text))
                chosen.append(_Wrong(text, candidate.id))
            if len(chosen) == BINARIES:
                break
    return chosen


def _binaries(sample: Sample, wrong: Sequence[_Wrong]) -> Iterator[Item]:
    meta = sample.meta
    for number, other in enumerate(wrong):
        # The order that the exported benchmark has: by a bit that follows from the binary's id.
        compat = "AB"[hashlib.sha256(f"{meta['qa_id']}.{number}".encode()).digest()[0] & 1]
        for option in ("A", "B"):
            options = (meta["answer"], other.text) if option == "A" else (other.text, meta["answer"])
            gold = {"qa_id": meta["qa_id"], "option": option, "compat": option == compat, "q_type": meta["q_type"]}
            yield Item(
                id=f"{sample.id}/{number}{option}",
                sample=sample,
                prompt=fgqa_options_prompt(meta["question"], *options),
                max_new_tokens=16,
                gold={**gold, "distractor": other.origin, "written": other.origin == "written"},
            )


def _draw(*parts: str) -> str:
    """A fixed random order that depends on nothing but the names."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _plain(answer: str) -> str:
    return " ".join(answer.lower().split()).rstrip(".")


def _accuracies(rights: Mapping[str, list[bool]], written: set[str]) -> dict[str, float]:
    if not rights:
        return {}
    binaries = [right for question in rights.values() for right in question]
    found = {"mbacc": _mean([all(question) for question in rights.values()]), "binary_accuracy": _mean(binaries)}
    if 0 < len(written) < len(rights):
        found["mbacc_written"] = _mean([all(rights[question]) for question in written])
    return found


def _mean(rights: Sequence[bool]) -> float:
    return sum(rights) / len(rights)
