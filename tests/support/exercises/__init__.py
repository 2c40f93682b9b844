"""Exercises as a teacher collects them: losses, right solutions of many hands, and their slips."""

from __future__ import annotations

from tests.support.exercises import attention, classifiers, nets, regressions, sequences
from tests.support.exercises.exercise import Exercise

EXERCISES: tuple[Exercise, ...] = (
    *classifiers.EXERCISES,
    *regressions.EXERCISES,
    *nets.EXERCISES,
    *attention.EXERCISES,
    *sequences.EXERCISES,
)
