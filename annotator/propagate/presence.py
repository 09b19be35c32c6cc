"""Whether a subject is there: a network's doubt about one picture is no absence, a glimpse no return."""

from __future__ import annotations

import math
from dataclasses import dataclass

PATIENCE = 3
"""Pictures in a row that must say otherwise before a subject counts as absent, or as there again."""


@dataclass(slots=True)
class Presence:
    """A subject's state while it is followed in one direction. Starts as there: tracks begin at a keyframe."""

    there: bool = True
    contrary: int = 0
    """Pictures in a row that said the opposite of `there`."""

    def see(self, logit: float, drawn: bool) -> tuple[bool, float]:
        """Takes a picture's presence logit and whether its mask has pixels: (show the mask, score 0 … 1).

        Absent after PATIENCE pictures without it, there again after as many with it: a subject that left is looked
        for, not lost. Where picture and state disagree the score is halved, so that a person looks.
        """
        seen = logit > 0 and drawn
        self.contrary = 0 if seen == self.there else self.contrary + 1
        if self.contrary >= PATIENCE:
            self.there, self.contrary = seen, 0
        sure = 1 / (1 + math.exp(-min(abs(logit), 50.0)))
        agreed = seen == self.there
        return seen and self.there, round(sure if agreed else 0.5 * sure, 4)

    def say(self, there: bool) -> None:
        """Takes a person's word for it."""
        self.there, self.contrary = there, 0
