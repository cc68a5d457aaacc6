"""Judged metrics: ragas' formulas over the verdicts of a model that can only answer in the shape it is asked for.

A judgement that could not be made is an item of its own with its code; it is never a number and never a pass.
"""
