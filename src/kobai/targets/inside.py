"""Which values are written where they are used: `Z = X * W + b`, with no variable for `X * W`."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from kobai.graph import Node
from kobai.lower.loops import Buffer
from kobai.lower.statements import Statement, is_cheap
from kobai.lower.views import base_of
from kobai.targets.arrays import Formulas, NoFormulaError, Part
from kobai.targets.loop_language import Scope

# How long a formula may become by what is written in it.
LONGEST = 80
# What stands for a value without a name while this is decided.
_MARK, _OTHER = "value_0", "value_1"


class Inside:
    """Statements that have no variable: the formula of each is written into another.

    Args:
        scope: what texts are made with; it has the names that there are.
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._inner: dict[Node, Statement] = {}

    def decide(
        self,
        statements: Sequence[Statement],
        updates: Sequence[Statement],
        outputs: Sequence[Node],
        moving: Collection[Node],
    ) -> None:
        """Choose what is written inside others: what one formula uses in one place.

        Args:
            statements: what is computed.
            updates: what is computed after them, over the values before.
            outputs: values that need a variable.
            moving: values that updates write over.
        """
        readers: dict[Node, int] = {}
        for statement in (*statements, *updates):
            for node in set(statement.arrays.values()) - {statement.node}:
                readers[node] = readers.get(node, 0) + 1
        kept = {base_of(node) for node in outputs} | self._scope.names.keys()
        known = {s.node: s for s in statements if s.node not in kept}
        own = set(updates)
        for statement in (*statements, *updates):
            wanted: list[Node] = []
            for node in statement.arrays.values():
                if node not in known or node is statement.node:
                    continue
                is_late = statement in own and not self._read(known[node]).isdisjoint(moving)
                is_single = readers[node] == 1 and self._is_used_once(known[node], statement)
                if not is_late and (is_single or is_cheap(node)):
                    wanted.append(node)
            for chosen in (wanted, *([node] for node in wanted)):
                before = dict(self._inner)
                self._inner |= {node: known[node] for node in chosen}
                part = self.formula(statement)
                if part is not None and len(part.text) <= LONGEST:
                    break
                self._inner = before

    def left(
        self, statements: Sequence[Statement], updates: Sequence[Statement]
    ) -> list[Statement]:
        """The statements that are still needed."""
        used = {
            node
            for s in (*statements, *updates)
            for node in (s.arrays.values() if self.formula(s) is None else self._read(s))
            if node is not s.node
        }
        return [s for s in statements if s.node not in self._inner or s.node in used]

    def formula(self, statement: Statement) -> Part | None:
        """The formula of a statement, with others in it; None if it needs loops."""
        names: dict[Buffer, str] = {}
        inner: dict[Buffer, Part] = {}
        for buffer, node in statement.arrays.items():
            names[buffer] = self._scope.names.get(base_of(node), _OTHER)
            if node in self._inner and node is not statement.node:
                part = self.formula(self._inner[node])
                if part is None:
                    return None
                inner[buffer] = part
        try:
            return Formulas(self._scope, statement, names, inner).formula()
        except NoFormulaError:
            return None

    def _read(self, statement: Statement) -> set[Node]:
        """The variables that a statement's formula reads."""
        found: set[Node] = set()
        for node in statement.arrays.values():
            if node is statement.node:
                continue
            found |= self._read(self._inner[node]) if node in self._inner else {node}
        return found

    def _is_used_once(self, inner: Statement, statement: Statement) -> bool:
        """Whether a value has a formula, and its user's formula has it in one place."""
        if self.formula(inner) is None:
            return False
        self._scope.names[inner.node] = _MARK
        part = self.formula(statement)
        del self._scope.names[inner.node]
        return part is not None and len(re.findall(rf"\b{_MARK}\b", part.text)) == 1
