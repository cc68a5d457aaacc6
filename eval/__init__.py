"""Evaluation: suites of questions asked of the real service, metrics with intervals, gates, reports."""
