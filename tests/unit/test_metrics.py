"""What the metrics may say: codes and counts, a bounded number of them, and never anybody's words."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from app.api.metrics import MOST_VALUES, Metrics

WORDS = "我的卡号6222020202020202021丢了"


def test_no_words_become_a_label_whatever_they_are_given_as() -> None:
    metrics = Metrics()
    metrics.turn(
        WORDS,
        WORDS,
        WORDS,
        {WORDS: 1.0, "first_sentence": 2.0},
        verdicts=[{"side": WORDS, "action": WORDS, "reason": WORDS, "rule_ids": [WORDS]}],
        failures=[WORDS],
    )
    metrics.handoff(f"{WORDS} ")
    metrics.request(WORDS, "/v1/search", 200, 0.1)
    said = metrics.render().decode()
    assert "6222" not in said
    assert 'wenda_turns_total{generator="other",reason="other",status="other"} 1.0' in said
    assert 'wenda_rails_total{action="other",rule_id="other",side="other"} 1.0' in said


def test_a_label_takes_so_many_values_and_no_more() -> None:
    metrics = Metrics()
    for number in range(3 * MOST_VALUES):
        metrics.handoff(f"reason-{number}")
    families = {family.name: family for family in text_string_to_metric_families(metrics.render().decode())}
    counts = {s.labels["reason"]: s.value for s in families["wenda_handoffs"].samples if s.name.endswith("_total")}
    assert len(counts) == MOST_VALUES + 1
    assert counts["other"] == 2 * MOST_VALUES
