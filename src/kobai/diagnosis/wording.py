"""The words for a repair that holds."""

from __future__ import annotations

import ast

import numpy as np

from kobai.diagnosis.messages import said
from kobai.diagnosis.repairs import Repair, Surroundings
from kobai.diagnosis.slips import Slip

# A value that is right as it was before a line was used as it was after it.
_STALE = {"before": "stale after", "after": "stale before"}


def slip_of(repair: Repair, around: Surroundings) -> Slip:
    """What was done wrong, if this repairs it."""
    old, new = repair.old, repair.new
    message = repair.message
    if message == "stale":
        return Slip(
            "stale", said(_STALE[repair.parts["when"]], name=old, line=repair.parts["line"])
        )
    if message == "extra value":
        words = said("extra value", factor=_difference(old, new))
    elif message == "missing value":
        words = said("missing value", factor=_difference(new, old))
    elif message == "broadcast":
        shape = np.shape(around.variables.get(old, 0.0))
        words = said("broadcast", old=old, new=new, shape=shape)
    elif message == "wrong activation" and new.startswith(f"{old} * "):
        words = said("missing activation", factor=_difference(new, old))
    else:
        words = said(message, old=old, new=new)
    return Slip(repair.kind, words, ast.unparse(repair.expression))


def _difference(whole: str, part: str) -> str:
    """The factors that are left of a product without a part of it."""
    tree = ast.parse(whole, mode="eval").body
    match tree:
        case ast.BinOp(left=left, right=right, op=op):
            if ast.unparse(left) == part:
                return ("1 / " if isinstance(op, ast.Div) else "") + ast.unparse(right)
            if ast.unparse(right) == part:
                return ast.unparse(left)
            match left:
                case ast.BinOp(left=first, right=second, op=ast.Mult()):
                    kept = ast.unparse(first) == part
                    left_out = second if kept else first
                    return ast.unparse(ast.BinOp(left_out, op, right) if kept else left_out)
                case _:
                    return ast.unparse(left)
        case ast.Call(args=[left, right]):
            return ast.unparse(right if ast.unparse(left) == part else left)
        case _:
            return whole
