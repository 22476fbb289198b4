"""Why recordings have their scores, in one sentence, as lines, and as JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from dcase_classic.errors import printable
from dcase_classic.outcomes.predictions import Prediction
from dcase_classic.outcomes.reasons import Direction, Explanation, Reason
from dcase_classic.records import with_span
from dcase_classic.report.text_table import row_line

_USUAL = 0.1  # of the threshold, or of a score below it: an aspect that adds less is as usual
_LEAST_SHARE = 0.02  # a reason of less is told only where there is no other
_FORMS = (">7", "<")


def explanation_sentence(explanation: Explanation, threshold: float) -> str:
    """One sentence: what is odd and where, what is as usual, and the nearest normal clip."""
    parts = [reason_text(reason, explanation, threshold) for reason in told(explanation)]
    parts = parts or ["nothing stands out"]
    usual = usual_aspects_text(explanation, threshold)
    parts += [usual] if usual else []
    nearest = explanation.nearest_normal
    if nearest.path is not None:
        gone = "" if nearest.is_there else " (not there any more)"
        name = with_span(printable(nearest.name or nearest.path.name), nearest.span)
        parts.append(f"nearest normal: {name}{gone}")
    return "; ".join(parts)


def told(explanation: Explanation) -> list[Reason]:
    """The reasons that are worth a word: the first, and larger parts of the score.

    The first is the strangest; where it adds nothing to the score, no normal clip must have it.
    """
    placed = [reason for reason in explanation.why if reason.direction is not None]
    least = _LEAST_SHARE * max(explanation.anomaly_score, 0.0)
    first = [reason for reason in placed[:1] if reason.share > 0 or reason.is_beyond_all]
    return first + [reason for reason in placed[1:] if reason.share > least]


def usual_aspects_text(explanation: Explanation, threshold: float) -> str:
    """Which aspects add hardly anything and are in no reason told; may be empty.

    A score far above the threshold makes no peaks usual that alone would go half the way there.
    """
    sums: dict[str, float] = {}
    for family in explanation.families:
        sums[family.aspect] = sums.get(family.aspect, 0.0) + family.share
    least = _USUAL * max(min(explanation.anomaly_score, threshold), 0.0)
    reasons = told(explanation)
    named = {reason.aspect for reason in reasons} | {_looked_at(reason) for reason in reasons}
    usual = [aspect for aspect, share in sums.items() if share < least and aspect not in named]
    return f"{_listed(usual)} as usual" if usual else ""


def _looked_at(reason: Reason) -> str:
    """The aspect of the sound that a reason is about, whichever views the score takes it from."""
    if reason.rate_hz is not None:
        return "rhythm"
    return "spectrum" if reason.is_all_the_time else "peaks"


def explanations_text(predictions: Sequence[Prediction]) -> str:
    """Some lines per recording for people: decision and score, the sentence, and the families."""
    return "".join(f"{line}\n" for row in predictions for line in _lines(row))


def explanation_values(explanation: Explanation, threshold: float) -> dict[str, Any]:
    """What JSON says of an explanation, by key."""
    nearest = explanation.nearest_normal
    return {
        "summary": explanation_sentence(explanation, threshold),
        "why": [asdict(reason) for reason in explanation.why],
        "families": [asdict(family) for family in explanation.families],
        "nearest_normal": None if nearest.path is None else str(nearest.path),
        "nearest_normal_is_there": nearest.is_there,
        "nearest_normal_start_s": None if nearest.span is None else nearest.span.start_s,
        "nearest_normal_end_s": None if nearest.span is None else nearest.span.end_s,
    }


def hertz(band_hz: tuple[float, float]) -> str:
    """A band for people.

    Examples
    --------
    >>> hertz((310.2, 402.9)), hertz((2890.0, 3310.0)), hertz((1010.0, 1040.0))
    ('310 and 400 Hz', '2.9 and 3.3 kHz', '1.01 and 1.04 kHz')
    """
    low, high = band_hz
    if high < 1000:
        return f"{round(low, -1):.0f} and {round(high, -1):.0f} Hz"
    low, high = low / 1000, high / 1000
    digits = 1 if f"{low:.1f}" != f"{high:.1f}" else 2
    return f"{low:.{digits}f} and {high:.{digits}f} kHz"


def _lines(row: Prediction) -> Iterator[str]:
    if row.anomaly_score is None or row.threshold is None or row.explanation is None:
        yield f"{row.title}: not scored ({row.reason})"
        return
    word = "anomaly" if row.decision else "normal"
    yield f"{row.title}: {word}, score {row.anomaly_score:.4f}, threshold {row.threshold:.4f}"
    if row.reason:
        yield f"  {row.reason}"
    yield f"  {explanation_sentence(row.explanation, row.threshold)}"
    for family in row.explanation.families:
        words = f"{family.family} ({family.aspect})"
        yield f"  {row_line((f'{family.share:+.2f}', words), _FORMS)}"


def reason_text(reason: Reason, explanation: Explanation, threshold: float) -> str:
    """A placed reason, with its part of a score that is more than that of usual clips.

    Among thousands of places some of every new recording go farther than all training clips do:
    that is said of alarms alone, and of a normal recording that it is unusual.
    """
    is_alarm = explanation.anomaly_score > threshold
    than = "any normal" if is_alarm and reason.is_beyond_all else "usual"
    return f"{_difference(reason, than)} {_place(reason)}{_part(reason, explanation)}"


def _part(reason: Reason, explanation: Explanation) -> str:
    """How much of the score a reason takes of what those before it leave; empty for nothing.

    Without its reasons a recording may be more usual than most: their shares sum to more than the
    score, and what is left of the aspects is negative.
    """
    score, why = explanation.anomaly_score, explanation.why
    if score <= 0:
        return ""
    if reason.share <= 0:
        return " (the score is as high without it)"
    left = score - sum(max(earlier.share, 0.0) for earlier in why[: why.index(reason)])
    percent = round(100 * max(0.0, min(reason.share, left)) / score)
    if percent == 0:
        return " (less than 1 % of the score)" if reason is why[0] else ""
    return " (all of the score)" if percent == 100 else f" ({percent} % of the score)"


def _difference(reason: Reason, than: str) -> str:
    rate = "" if reason.rate_hz is None else f" at {_rates(reason.rate_hz)}"
    match reason.direction:
        case Direction.MISSING | Direction.EXTRA | Direction.LATE | Direction.EARLY:
            return _missing_or_out_of_time(reason)
        case Direction.MORE_REGULAR:
            return f"beats{rate} more than {than}"
        case Direction.LESS_REGULAR:
            return f"beats{rate} less than {than}"
        case Direction.FASTER | Direction.SLOWER:
            return f"beats {reason.direction} than {than}, now{rate}"
        case _:
            return f"{reason.direction} than {than}"


def _missing_or_out_of_time(reason: Reason) -> str:
    if reason.rate_hz is None:  # of bands, or of a moment
        return f"{reason.direction}"
    if reason.direction is Direction.EXTRA:
        return "a beat too many"
    if reason.direction is not Direction.MISSING:
        return f"a beat comes {reason.direction}"
    span = (reason.from_s or 0.0, reason.to_s or 0.0)
    return "beats are missing" if span[1] - span[0] > 1 / reason.rate_hz[0] else "a beat is missing"


def _place(reason: Reason) -> str:
    band = "" if reason.band_hz is None else f"between {hertz(reason.band_hz)} "
    if reason.is_all_the_time:
        return f"{band}all the time"
    ends = [f"{at_s:.1f}" for at_s in (reason.from_s, reason.to_s) if at_s is not None]
    return f"{band}around {'-'.join(dict.fromkeys(ends))} s"


def _rates(rate_hz: tuple[float, float]) -> str:
    return f"{rate_hz[0]:.1f}-{rate_hz[1]:.1f} Hz"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
