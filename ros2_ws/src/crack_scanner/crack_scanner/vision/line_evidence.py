"""How likely a line is a crack, from what both networks say of it and from its length.

The segmenter looks at a line's own pixels, the classifier at the surface around it. Edges that look like a
crack for some pixels rarely look like one in a whole tile; a long line of which the segmenter is sure is a
crack even where the classifier, which sees a tile at a time, would rather take it for a cable.

The weights are a logistic regression on lines found in drawn pictures; renewed, for other networks, with
python -m crack_scanner.training.segmentation.line_rule.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

SURE = 0.99
"""Probabilities count as no farther from 0 and 1 than this."""
USUAL_LENGTH = 100.0
"""Pixels; lengths count by their ratio to it."""


@dataclass(frozen=True)
class LineRule:
    """Weights of the log odds of the classifier's and the segmenter's probability and of the log length."""

    support: float = 0.32
    probability: float = 0.944
    length: float = 0.579
    constant: float = -2.651

    def log_odds(self, support: float, probability: float, length: float) -> float:
        """Log odds of a line being a crack.

        support, probability: the classifier's and the segmenter's, each the mean along the line; length: px.
        """
        seen = self.support * logit(support) + self.probability * logit(probability)
        return seen + self.length * math.log(length / USUAL_LENGTH) + self.constant


def logit(probability: float) -> float:
    """Log odds of a probability, which is kept between 1 - SURE and SURE."""
    kept = min(max(probability, 1 - SURE), SURE)
    return math.log(kept / (1 - kept))
