"""Money in integer fen (分, 1/100 yuan). Never a float."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, order=True, slots=True)
class Money:
    """An amount in integer fen. May be negative (a debit); never fractional."""

    fen: int

    def __post_init__(self) -> None:
        if type(self.fen) is not int:
            raise TypeError(f"money is integer fen, not {type(self.fen).__name__}")

    def __add__(self, other: Money) -> Money:
        return Money(self.fen + other.fen)

    def __sub__(self, other: Money) -> Money:
        return Money(self.fen - other.fen)

    def __mul__(self, count: int) -> Money:
        if type(count) is not int:
            raise TypeError("money is multiplied by whole numbers only; use share() for parts")
        return Money(self.fen * count)

    def __neg__(self) -> Money:
        return Money(-self.fen)

    def __bool__(self) -> bool:
        return self.fen != 0

    def __str__(self) -> str:
        return self.yuan

    @property
    def yuan(self) -> str:
        """`12345.60`: plain yuan with two decimals, for files and APIs."""
        sign = "-" if self.fen < 0 else ""
        return f"{sign}{abs(self.fen) // 100}.{abs(self.fen) % 100:02d}"

    @classmethod
    def from_yuan(cls, text: str) -> Money:
        """Parse `12.3` yuan exactly; raise ValueError for more than two decimals or no number."""
        try:
            amount = Decimal(text.strip())
        except ArithmeticError as error:
            raise ValueError(f"not an amount: {text!r}") from error
        if not amount.is_finite() or amount != amount.quantize(Decimal("0.01")):
            raise ValueError(f"not an amount in fen: {text!r}")
        return cls(int(amount * 100))

    def share_up(self, bps: int) -> Money:
        """The part `bps`/10,000 of this amount, rounded up to the next fen (amount ≥ 0)."""
        return Money(-(-self.fen * bps // 10_000))
