"""From a function to the steps of its gradient, with the user's names, numbers and reasons."""

from kobai.derivation.building import derive
from kobai.derivation.cautions import Caution
from kobai.derivation.result import Derivation
from kobai.derivation.steps import Because, Step

__all__ = ["Because", "Caution", "Derivation", "Step", "derive"]
