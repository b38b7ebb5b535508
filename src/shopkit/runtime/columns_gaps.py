"""Rows that lean on others, as SQL: blank repeated cells, and what a parent's row tells.

A stage is a table of clean texts: ``_line``, ``_state`` and a column t0, t1, … for each header.
"""

from __future__ import annotations

from dataclasses import dataclass

from shopkit.runtime.columns_cells import SOUND, text_of
from shopkit.runtime.headers import Binding
from shopkit.runtime.schema import Shape

# All names are our own or quoted: no cell ever becomes SQL.
# ruff: noqa: S608


def cell_at(binding: Binding, name: str) -> str:
    """The stage's column of a canonical column."""
    return f"t{binding.at[name]}"


def filled(binding: Binding, shape: Shape, stage: str) -> str:
    """Query: the sound rows of a stage, their gaps filled, those that are no rows left out."""
    gaps = _Gaps(binding, shape, f"(SELECT * FROM {stage} WHERE _state = {SOUND})")
    rows = f"SELECT * FROM {gaps.sound}"
    if shape.fill_by:
        rows = gaps.filled_down()
    if shape.parent:
        rows = gaps.filled_from_parent()
    return f"SELECT * FROM ({rows}) WHERE {gaps.count()}"


@dataclass(frozen=True)
class _Gaps:
    """How the gaps of some ``sound`` rows are filled."""

    binding: Binding
    shape: Shape
    sound: str

    def filled_down(self) -> str:
        """From the first row with the same key."""
        key, fills = self._at(self.shape.fill_by), self._fills()
        if not fills:
            return f"SELECT * FROM {self.sound}"
        first = ", ".join(f"arg_min({name}, _line) AS {name}" for name in fills)
        return (
            f"SELECT here.* REPLACE ({self._from('first')}) FROM {self.sound} AS here "
            f"LEFT JOIN (SELECT {key} AS key, {first} FROM {self.sound} WHERE {key} <> '' "
            f"GROUP BY {key}) AS first ON here.{key} = first.key"
        )

    def filled_from_parent(self) -> str:
        """By the parent's id with its prefix or by its code; a row without one is its own."""
        shape = self.shape
        key, link = self._at(self.binding.schema.key[0]), self._at(shape.parent)
        bare = f"substr(here.{link}, {len(shape.parent_prefix) + 1})"
        last = "".join(f", arg_max({name}, _line) AS {name}" for name in self._fills())
        prefix = text_of(shape.parent_prefix)
        codes = ""
        if "sku_code" in self.binding.at:
            code = self._at("sku_code")
            codes = (
                f"UNION ALL SELECT {code} AS name, 1 AS kind, * FROM {self.sound} "
                f"WHERE {code} <> ''"
            )
        named = (
            f"SELECT name, kind, arg_max({key}, _line) AS id{last} FROM "
            f"(SELECT {prefix} || {key} AS name, 0 AS kind, * FROM {self.sound} {codes}) "
            "GROUP BY ALL"
        )
        best = f"SELECT DISTINCT ON (name) * FROM ({named}) ORDER BY name, kind DESC"
        own = (
            f"CASE WHEN parent.id IS NOT NULL THEN parent.id WHEN here.{link} = '' THEN here.{key} "
            f"WHEN starts_with(here.{link}, {prefix}) "
            f"THEN {bare} ELSE here.{link} END AS {link}"
        )
        told = ", ".join(part for part in (self._from("parent"), own) if part)
        return (
            f"SELECT here.* REPLACE ({told}) FROM {self.sound} AS here "
            f"LEFT JOIN ({best}) AS parent ON here.{link} = parent.name"
        )

    def count(self) -> str:
        """Condition: the row is one of this table's."""
        shape, told = self.shape, ["true"]
        if shape.without in self.binding.at:
            words = ", ".join(text_of(word) for word in sorted(shape.words))
            told.append(f"lower({self._at(shape.without)}) NOT IN ({words})")
        if shape.rows_with:
            places = [self._at(name) for name in shape.rows_with if name in self.binding.at]
            told.append(" OR ".join([f"{place} <> ''" for place in places] or ["false"]))
        return " AND ".join(f"({one})" for one in told)

    def _fills(self) -> list[str]:
        return [self._at(name) for name in self.shape.fill if name in self.binding.at]

    def _from(self, other: str) -> str:
        """The columns that are filled, with what stands in ``other`` where they are blank."""
        return ", ".join(
            f"CASE WHEN here.{n} = '' THEN coalesce({other}.{n}, '') ELSE here.{n} END AS {n}"
            for n in self._fills()
        )

    def _at(self, name: str) -> str:
        return cell_at(self.binding, name)
