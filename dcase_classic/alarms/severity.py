"""The scale that alarms are set in: 0 is the typical normal sound, 100 the limit of normal ones."""

import math
from dataclasses import dataclass

AT_LIMIT = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityScale:
    """Where a machine's anomaly scores lie on the scale, which is the same for every machine.

    Attributes
    ----------
    centre : the median anomaly score of held-out normal clips.
    limit : the score that so many of them exceed as was promised.
    """

    centre: float
    limit: float

    def __post_init__(self) -> None:
        """Check that the two can be told apart.

        Raises
        ------
        ValueError
            If they cannot.
        """
        if not (math.isfinite(self.centre) and self.centre < self.limit < math.inf):
            raise ValueError(f"limit: got {self.limit}, expected more than {self.centre}")

    def severity(self, anomaly_score: float) -> float:
        """The anomaly score on the scale.

        Examples
        --------
        >>> SeverityScale(centre=1.0, limit=3.0).severity(4.0)
        150.0
        """
        return AT_LIMIT * (anomaly_score - self.centre) / (self.limit - self.centre)
