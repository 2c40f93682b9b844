"""Every sentence of a report, in one place."""

from __future__ import annotations

ENGLISH: dict[str, str] = {
    # Errors.
    "strange parameters": "{function} has parameters that nothing is known for: {names}",
    "strange parameters: repair": "name them as the loss names its values: {known}",
    "no signature": "the parameters of {function} can't be found out",
    "no signature: repair": "wrap it into a function that names its parameters",
    "raised": "{function} raised {error}",
    "raised: repair": "mend this line, or what leads to it: it was given the loss's own values",
    "returned nothing": "{function} returned None",
    "returned nothing: repair": (
        "return the derivatives, as a tuple in the order of wrt or as a dict: return dw, db"
    ),
    "counts differ": "{function} returned {found} values for the {wanted} derivatives {names}",
    "counts differ: repair": "return one for each of them, or name others in wrt",
    "no names": "none of the names {found} stands for a derivative of the loss",
    "no names: repair": "name them after the loss's values, as in {examples}",
    "not a hand": "hand is neither a function nor a dict of arrays but {kind}",
    "not a hand: repair": "give your backward function, or {{'dz': dz, 'dw': dw}}",
    # Verdicts.
    "title": "{hand} against {loss}: {verdict}",
    "all right": "every step is right",
    "first wrong": "{name} is the first wrong step: {cause}",
    "is right": "right",
    "is scaled": "right, {factor} times the derivative of the loss",
    "is wrong": "wrong in itself",
    "inherits": "inherits: right for what it is given",
    "is other": "stands for something else here",
    "your": "yours",
    "right": "right",
    "by value": "here",
    "convention": (
        "Derivatives on the way are {factor} times those of the loss (of each example's loss, "
        "before the mean). That is a convention: the results are right."
    ),
    "convention with mistakes": (
        "Derivatives on the way are taken as {factor} times those of the loss, which is a "
        "convention."
    ),
    "shape differs": "shape {found} for {wanted}: only axes of length 1 differ, accepted",
    "hidden": (
        "At the values given the mistake doesn't show. The numbers are those at other values of "
        "the parameters."
    ),
    "line": "line {line}: {text}",
    "not seen": "not compared, as no value of the loss is known by their names: {names}",
    "objective": "({grad}, {hess}) for each row: the slope and the curvature of {output}",
    # Causes.
    "sign": "the sign is the opposite",
    "inner sign": "a sign is the opposite: {old} should be {new}",
    "missing factor": "the factor {factor} is missing",
    "extra factor": "there is a factor {factor} too many",
    "constant factor": "it is {factor} times the right value",
    "wrong factor": "a factor is wrong: {old} should be {new}",
    "transposed": "it is transposed",
    "inner transposed": "a matrix is transposed or in the wrong place: {old} should be {new}",
    "missing sum": "the sum over axis {axis} is missing",
    "extra sum": "it is summed over axis {axis}, which should stay",
    "mean for sum": "a mean stands for a sum, or a sum for a mean: {old} should be {new}",
    "wrong sum": "the sum is not over the right axis: {old} should be {new}",
    "sum of all": "it is summed too far: {old} should be {new}",
    "missing accumulation": "the sum over the turns of the loop is missing: {old} should be {new}",
    "missing activation": "the derivative of the activation, {factor}, is missing",
    "wrong activation": ("the derivative of the activation is wrong: {old} should be {new}"),
    "wrong activation value": (
        "the derivative of the activation is wrong: it should be {new}, and {old} was used"
    ),
    "wrong point": "the derivative is taken at the wrong point: {old} should be {new}",
    "extra value": "there is an extra factor: {factor}",
    "missing value": "the factor {factor} is missing",
    "index": "the index or the layer is wrong: {old} should be {new}",
    "variable": "another value is meant: {old} should be {new}",
    "another step": "it is the value of {name}",
    "elementwise": "the product is of the wrong kind: {old} should be {new}",
    "stale": "{name} is used as it was {when} line {line}",
    "stale before": "before",
    "stale after": "after",
    "broadcast": ("shapes are broadcast by accident: {old} has shape {shape}, and should be {new}"),
    "extra term": "there is a term too many: {old} should be {new}",
    "missing term": "the term {term} is missing",
    "power": "a power is wrong: {old} should be {new}",
    "order": "the derivatives are returned in another order than {names}",
    "shape": "it has shape {found}, and should have {wanted}",
    "not finite": "it is not a finite number",
    "unknown": "no single slip that Kobai knows of explains it",
}


def said(key: str, **parts: object) -> str:
    """A sentence with its parts."""
    return ENGLISH[key].format(**parts)
