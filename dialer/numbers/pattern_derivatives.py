"""Regular expressions over digits, asked what they will say before all the digits are known."""

from __future__ import annotations

from typing import TypeAlias

Expression: TypeAlias = int  #: an expression of one pool; equal numbers mean equal expressions

# The first expressions of every pool, by the places of `_SIMPLE`.
NEVER: Expression = 0
EMPTY: Expression = 1
AT_END: Expression = 2
ANYTHING: Expression = 3
_SIMPLE = ("never", "empty", "end", "anything")

_ANY_DIGIT = (1 << 10) - 1  #: as `one_of` takes digits: a bit for each


class UnknownSyntaxError(ValueError):
    """A pattern uses more of the regular expression language than phone metadata does."""


class DigitPatterns:
    """A pool of expressions, shared and remembered, that are advanced one digit at a time.

    The method is Brzozowski's derivatives: `after(e, "21")` is the expression for what may follow 21.
    """

    def __init__(self) -> None:
        """Start an empty pool."""
        self._ids: dict[tuple[object, ...], Expression] = {(name,): at for at, name in enumerate(_SIMPLE)}
        self._digits: dict[Expression, int] = {}
        self._pairs: dict[Expression, tuple[Expression, Expression]] = {}
        self._choices: dict[Expression, frozenset[Expression]] = {}
        self._compiled: dict[str, Expression] = {}
        self._steps: dict[tuple[Expression, str], Expression] = {}
        self._fates: dict[tuple[Expression, int], bool | None] = {}
        self._futures: dict[tuple[Expression, int], bool] = {}

    def compile(self, pattern: str) -> Expression:
        """Return the expression of a pattern; raise UnknownSyntaxError when it is not about digits only."""
        if pattern not in self._compiled:
            self._compiled[pattern] = _Parser(self, pattern).parse()
        return self._compiled[pattern]

    def after(self, expression: Expression, digits: str) -> Expression:
        """Return what is left to match when `digits` have been read."""
        for digit in digits:
            step = self._steps.get((expression, digit))
            if step is None:
                step = self._steps[expression, digit] = self._step(expression, digit)
            expression = step
        return expression

    def fate(self, expression: Expression, unread: int) -> bool | None:
        """Say whether all strings of `unread` digits match (True), none does (False), or some do (None)."""
        key = (expression, unread)
        if key not in self._fates:
            self._fates[key] = self._find_fate(expression, unread)
        return self._fates[key]

    def may_match_later(self, expression: Expression, unread: int) -> bool:
        """Say whether a match of a prefix could end after one or more of the `unread` digits."""
        key = (expression, unread)
        if key not in self._futures:
            self._futures[key] = self._find_future(expression, unread)
        return self._futures[key]

    def matches_nothing_more(self, expression: Expression, *, ended: bool) -> bool:
        """Say whether the expression is satisfied as it is; `ended` when the string is over as well."""
        if expression in self._pairs:
            return all(self.matches_nothing_more(part, ended=ended) for part in self._pairs[expression])
        if expression in self._choices:
            return any(self.matches_nothing_more(part, ended=ended) for part in self._choices[expression])
        return expression in (EMPTY, ANYTHING) or (ended and expression == AT_END)

    def one_of(self, digits: int) -> Expression:
        """Return the expression for one digit out of a set, given as a bit mask."""
        expression = self._intern(("digit", digits))
        self._digits[expression] = digits
        return expression

    def then(self, first: Expression, second: Expression) -> Expression:
        """Return the expression for `first` followed by `second`."""
        if NEVER in (first, second):
            return NEVER
        if EMPTY in (first, second):
            return second if first == EMPTY else first
        if first in self._pairs:
            head, tail = self._pairs[first]
            return self.then(head, self.then(tail, second))
        expression = self._intern(("then", first, second))
        self._pairs[expression] = (first, second)
        return expression

    def either(self, *choices: Expression) -> Expression:
        """Return the expression that matches what any of the choices matches."""
        flat: set[Expression] = set()
        for choice in choices:
            flat |= self._choices.get(choice, {choice})
        if ANYTHING in flat:
            return ANYTHING
        flat.discard(NEVER)
        mask = 0
        for choice in flat & self._digits.keys():
            mask |= self._digits[choice]
            flat.remove(choice)
        if mask:
            flat.add(self.one_of(mask))
        if len(flat) < 2:  # noqa: PLR2004
            return flat.pop() if flat else NEVER
        expression = self._intern(("either", frozenset(flat)))
        self._choices[expression] = frozenset(flat)
        return expression

    def _intern(self, parts: tuple[object, ...]) -> Expression:
        return self._ids.setdefault(parts, len(self._ids))

    def _step(self, expression: Expression, digit: str) -> Expression:
        if expression in self._digits:
            return EMPTY if self._digits[expression] >> int(digit) & 1 else NEVER
        if expression in self._choices:
            return self.either(*(self.after(choice, digit) for choice in self._choices[expression]))
        if expression not in self._pairs:
            return ANYTHING if expression == ANYTHING else NEVER
        first, second = self._pairs[expression]
        step = self.then(self.after(first, digit), second)
        if self.matches_nothing_more(first, ended=False):
            return self.either(step, self.after(second, digit))
        return step

    def _find_fate(self, expression: Expression, unread: int) -> bool | None:
        if expression in (NEVER, ANYTHING):
            return expression == ANYTHING
        if unread == 0:
            return self.matches_nothing_more(expression, ended=True)
        fates: set[bool | None] = set()
        for digit in "0123456789":
            fates.add(self.fate(self.after(expression, digit), unread - 1))
            if None in fates or len(fates) > 1:
                return None
        return fates.pop()

    def _find_future(self, expression: Expression, unread: int) -> bool:
        if expression == NEVER or unread == 0:
            return False
        ended = unread == 1
        for digit in "0123456789":
            step = self.after(expression, digit)
            if self.matches_nothing_more(step, ended=ended) or self.may_match_later(step, unread - 1):
                return True
        return False


class _Parser:
    """Reads the part of the regular expression language that phone metadata is written in."""

    def __init__(self, pool: DigitPatterns, pattern: str) -> None:
        self._pool = pool
        self._pattern = pattern
        self._at = 0

    def parse(self) -> Expression:
        expression = self._choice()
        if self._at != len(self._pattern):
            raise self._unknown()
        return expression

    def _unknown(self) -> UnknownSyntaxError:
        return UnknownSyntaxError(f"character {self._at + 1} of {self._pattern!r} is not understood")

    def _take(self, token: str) -> bool:
        if self._pattern.startswith(token, self._at):
            self._at += len(token)
            return True
        return False

    def _choice(self) -> Expression:
        choices = [self._sequence()]
        while self._take("|"):
            choices.append(self._sequence())
        return self._pool.either(*choices)

    def _sequence(self) -> Expression:
        parts = []
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            parts.append(self._repeated(self._single()))
        sequence = EMPTY
        for part in reversed(parts):
            sequence = self._pool.then(part, sequence)
        return sequence

    def _single(self) -> Expression:
        if self._take("\\d"):
            return self._pool.one_of(_ANY_DIGIT)
        if self._take("["):
            return self._pool.one_of(self._digit_class())
        if self._take("(?:") or self._take("("):
            inside = self._choice()
            if not self._take(")"):
                raise self._unknown()
            return inside
        if self._take("$"):
            return AT_END
        return self._pool.one_of(1 << self._digit())

    def _digit(self) -> int:
        if self._at >= len(self._pattern) or self._pattern[self._at] not in "0123456789":
            raise self._unknown()
        self._at += 1
        return int(self._pattern[self._at - 1])

    def _digit_class(self) -> int:
        mask = 0
        while not self._take("]"):
            if self._take("\\d"):
                mask |= _ANY_DIGIT
                continue
            low = high = self._digit()
            if self._take("-"):
                high = self._digit()
            mask |= sum(1 << digit for digit in range(low, high + 1))
        return mask

    def _repeated(self, expression: Expression) -> Expression:
        if self._take("?"):
            least, most = 0, 1
        elif self._take("{"):
            least, most = self._bounds()
        else:
            return expression
        repeated = EMPTY
        for _ in range(most - least):
            repeated = self._pool.either(EMPTY, self._pool.then(expression, repeated))
        for _ in range(least):
            repeated = self._pool.then(expression, repeated)
        return repeated

    def _bounds(self) -> tuple[int, int]:
        inside, _, rest = self._pattern[self._at :].partition("}")
        least, comma, most = inside.partition(",")
        if not least.isdecimal() or (comma and not most.isdecimal()):
            raise self._unknown()
        self._at = len(self._pattern) - len(rest)
        return int(least), int(most) if comma else int(least)
