"""What Octave knows and a formula does not, with what to write instead."""

from __future__ import annotations

import keyword

_NAMED = "give the new value a name of its own: z2 = z + 1"
_POWER = "write ^ for a power, .^ for one entry by entry"
_TEXT = "leave the text out; ' right after a value transposes it"
SIGNS = {
    **dict.fromkeys("{}", "there are no cell arrays here: write [a, b; c, d] for a matrix"),
    "@": "there are no function handles here: write the expression itself",
    **dict.fromkeys(("**", ".**"), _POWER),
    **dict.fromkeys(("&&", "||"), "write & for 'and', | for 'or'"),
    **dict.fromkeys(("++", "--"), "write a - (-b), with a bracket; a value is not counted up"),
    **dict.fromkeys(("+=", "-=", "*=", "/=", "^=", "|=", "&="), _NAMED),
    **dict.fromkeys(("'", '"'), _TEXT),
    "²": "write .^2",
    "³": "write .^3",
    **dict.fromkeys("×·⋅∗", "write * for a product, .* for one entry by entry"),
    **dict.fromkeys("∘⊙", "write .* for a product entry by entry"),
    **dict.fromkeys("−–", "write - for a difference"),
    **dict.fromkeys("’ᵀ", "write X' for the transpose of X"),
    "÷": "write ./ for a quotient",
    "≤": "write <=",
    "≥": "write >=",
    "≠": "write ~=",
    "√": "write sqrt(x)",
    "∑": "write sum(x)",
    ".": "there are no structures here: choose a name without a dot",
    "π": "write pi",
    "?": "write merge(x > 0, a, b) for a choice",
}
_LOOP = "write it on whole matrices: sum(X, 1), X .* Y, X * w"
_CHOICE = "write merge(x > 0, a, b) for a choice"
_FILE = "a formula is statements z = … and the loss; put a program into a file in Python"
WORDS = {
    **dict.fromkeys(("for", "endfor", "while", "endwhile", "do", "until", "parfor"), _LOOP),
    **dict.fromkeys(("if", "else", "elseif", "endif", "switch", "case", "endswitch"), _CHOICE),
    **dict.fromkeys(("function", "endfunction", "return", "break", "continue", "global"), _FILE),
    **dict.fromkeys(("persistent", "try", "catch", "end_try_catch", "unwind_protect"), _FILE),
}
_HANDLES = "write the expression itself: entries are computed all at once"
_VALUE = "make it an argument, and give its values"
FUNCTIONS = {
    **dict.fromkeys(("eval", "evalin", "evalc", "feval", "inline", "str2func"), _HANDLES),
    **dict.fromkeys(("cellfun", "arrayfun", "bsxfun", "accumarray", "func2str"), _HANDLES),
    **dict.fromkeys(("rand", "randn", "randi", "randperm", "load", "input", "csvread"), _VALUE),
    **dict.fromkeys(("system", "shell_cmd", "popen", "exec", "fopen", "fprintf", "source"), _FILE),
    **dict.fromkeys(("printf", "disp", "display", "error", "exit", "quit", "run", "unix"), _FILE),
    **dict.fromkeys(("find", "logical", "isempty", "sort", "unique"), _CHOICE),
    "vector": "write ones(n, 1), with the length",
    "matrix": "write ones(m, n), with the lengths",
    "gradient": "the derivatives are what is derived: write the loss",
}


def sign_advice(sign: str) -> dict[str, str]:
    """What to write instead of a sign, where that is known."""
    letter = {sign: "names have the letters a to z: write sigma for σ"} if sign.isalpha() else {}
    return letter | SIGNS


def of_python(name: str) -> bool:
    """Whether a name can't stand in a formula of Python's, as which a derivation is printed."""
    return keyword.iskeyword(name) or name.startswith("__") or name in ("np", "numpy")
