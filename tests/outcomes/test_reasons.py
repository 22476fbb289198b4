from dcase_classic.outcomes.reasons import Explanation, NearestNormal, Reason


def test_reasons_of_a_window_are_told_at_the_time_of_its_recording():
    placed = Reason(aspect="spectrum", share=1.0, from_s=0.5, to_s=1.0)
    left = Reason(aspect="spectrum", share=2.0)
    explanation = Explanation(
        anomaly_score=3.0, why=(placed, left), families=(), nearest_normal=NearestNormal(position=0)
    )
    first, second = explanation.later(10.0).why
    assert (first.from_s, first.to_s) == (10.5, 11.0)
    assert second == left
