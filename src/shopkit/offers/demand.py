"""What a SKU sells a day at a price, how sure that is, and the table that carries it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shopkit.offers.arrays import Flags, Floats, Ints

REACH = 1.6448536269514722
"""Standard deviations from the middle to either end of a 90 % interval of a normal figure: every
interval here holds the true one with that chance."""


@dataclass(frozen=True, slots=True)
class Demand:
    """units(price) = ``units``·(price/``at``)^``elasticity`` a day, without promotion.

    ``at``: a price (minor units) near those that were asked, chosen so that the errors of units
    and elasticity are independent. ``units_error``: standard deviation of log(units);
    ``elasticity_error``: of the elasticity. ``reason``: why a SKU has no estimate of its own (its
    figures are then NaN), else empty.
    """

    skus: tuple[str, ...]
    at: Ints
    units: Floats
    units_error: Floats
    elasticity: Floats
    elasticity_error: Floats
    reason: tuple[str, ...]

    @property
    def known(self) -> Flags:
        """Which SKUs have an estimate."""
        return np.isfinite(self.elasticity) & np.isfinite(self.units)

    def of(self, skus: Sequence[str]) -> Demand:
        """The same for these SKUs in this order; one the history lacks has ``sku_not_in_sales``."""
        place = {sku: number for number, sku in enumerate(self.skus)}
        rows = np.array([place.get(sku, -1) for sku in skus], np.int64)
        reasons = tuple(self.reason[row] if row >= 0 else "sku_not_in_sales" for row in rows)
        return Demand(
            skus=tuple(skus),
            at=np.append(self.at, 1)[rows],
            units=np.append(self.units, np.nan)[rows],  # -1 is the NaN at the end
            units_error=np.append(self.units_error, np.nan)[rows],
            elasticity=np.append(self.elasticity, np.nan)[rows],
            elasticity_error=np.append(self.elasticity_error, np.nan)[rows],
            reason=reasons,
        )


def expected_units(demand: Demand, row: Ints, price: Ints) -> Floats:
    """Units a day to expect of the SKUs in ``row`` at prices in minor units.

    The mean over what is not known, so above the curve's own value (a lognormal's mean).
    """
    x = np.log(price.astype(np.float64) / demand.at[row])
    variance = demand.units_error[row] ** 2 + (x * demand.elasticity_error[row]) ** 2
    return np.asarray(demand.units[row] * np.exp(demand.elasticity[row] * x + variance / 2))
