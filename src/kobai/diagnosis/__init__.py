"""What is wrong in a gradient that was made by hand: the first wrong step, and why."""

from kobai.diagnosis.checking import check
from kobai.diagnosis.result import Check, CheckedStep
from kobai.diagnosis.slips import Slip

__all__ = ["Check", "CheckedStep", "Slip", "check"]
