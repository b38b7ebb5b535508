"""What a command is given: the shop's tables (the option's file, else that of [files]), shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shopkit.cli import console
from shopkit.errors import UsageFault
from shopkit.messages import text

if TYPE_CHECKING:
    import duckdb

    from shopkit.cli.session import Session
    from shopkit.offers.model import Offer, Reading
    from shopkit.offers.read_offers import OfferSheet
    from shopkit.runtime.columns import Columns
    from shopkit.runtime.profiles import Profile
    from shopkit.runtime.typed import Loaded


def loaded(name: str, given: str | None, session: Session, encoding: str | None = None) -> Loaded:
    """Load table ``name`` ("catalog"), telling which file. Raises UsageFault, InputRefused."""
    from shopkit.runtime.sources import find_table
    from shopkit.runtime.typed import load_rows

    source = find_table(name, given, session.settings)
    if source.named_by != "option":
        console.say(text("app.run.reads", table=name, file=source.told))
    return load_rows(name, source.path, encoding=encoding, shop=session.settings.folder)


def loaded_if(
    name: str, given: str | None, session: Session, encoding: str | None = None
) -> Loaded | None:
    """The same, or None where the table is named nowhere."""
    if given is None and name not in session.settings.files:
        return None
    return loaded(name, given, session, encoding)


def columns(
    name: str,
    given: str | None,
    session: Session,
    db: duckdb.DuckDBPyConnection,
    encoding: str | None = None,
    *,
    keep_rows: bool = False,
) -> Columns:
    """Read table ``name`` into a database, for those that may be large; else as ``loaded``."""
    from shopkit.runtime.columns import open_columns
    from shopkit.runtime.sources import find_table

    source = find_table(name, given, session.settings)
    if source.named_by != "option":
        console.say(text("app.run.reads", table=name, file=source.told))
    shop = session.settings.folder
    return open_columns(name, source.path, db, encoding=encoding, shop=shop, keep_rows=keep_rows)


def columns_if(
    name: str,
    given: str | None,
    session: Session,
    db: duckdb.DuckDBPyConnection,
    encoding: str | None = None,
) -> Columns | None:
    """The same, or None where the table is named nowhere."""
    if given is None and name not in session.settings.files:
        return None
    return columns(name, given, session, db, encoding)


def offers_of(
    given: str | None, session: Session, encoding: str | None = None
) -> tuple[Offer, ...] | None:
    """The offers in force at the session's time; None where no table is named.

    Raises as ``all_offers``.
    """
    offers = all_offers(given, session, encoding)
    return None if offers is None else tuple(one for one in offers if one.runs(session.now))


def all_offers(
    given: str | None, session: Session, encoding: str | None = None
) -> tuple[Offer, ...] | None:
    """Every offer of the table, whenever it runs; None where none is named.

    A row that cannot be read stops everything: a price without one of its offers is wrong.
    Raises InputRefused ``offers_unreadable`` naming the first.
    """
    sheet = offer_sheet(given, session, encoding)
    if sheet is None:
        return None
    if sheet.rejects:
        from shopkit.errors import InputRefused

        first = sheet.rejects[0]
        told = {"file": first.file, "line": first.line, "column": first.column}
        why = first.error.say
        raise InputRefused("offers_unreadable", count=len(sheet.rejects), why=why, **told)
    return sheet.offers


def offer_sheet(
    given: str | None, session: Session, encoding: str | None = None
) -> OfferSheet | None:
    """The table of offers with what of it could not be read; None where none is named."""
    if given is None and "offers" not in session.settings.files:
        return None
    from shopkit.offers.read_offers import read_offers
    from shopkit.runtime.sources import find_table

    source = find_table("offers", given, session.settings)
    if source.named_by != "option":
        console.say(text("app.run.reads", table="offers", file=source.told))
    return read_offers(source.path, encoding=encoding, shop=session.settings.folder)


def profile_of(name: str | None, session: Session, placement: str) -> Profile:
    """The rules of a platform for one purpose ("price"); generic's where it has none for it.

    Raises UsageFault ``profile_unknown`` for a platform that there are no rules of at all.
    """
    from shopkit.runtime.profiles import load_profile, placements

    platform = (name or session.settings.platform or "generic").partition("-")[0]
    folder = session.settings.folder
    known = placements(platform, folder)
    if not known:
        return load_profile(platform, folder)  # refuses a name that nobody knows
    if placement not in known:
        platform = "generic"
    return load_profile(f"{platform}-{placement}", folder)


def reading_of(name: str | None, session: Session) -> Reading:
    """How the platform works out a price."""
    from shopkit.offers import reading

    return reading.reading_of(profile_of(name, session, reading.PLACEMENT))


def share(value: str, beside: int = 0) -> int:
    """A share of the price from 0 % on; with the one ``beside`` it, less than all of it."""
    from shopkit.values import WHOLE, percent_text, read_percent

    try:
        share = read_percent(value)
    except ValueError:
        raise UsageFault("rate_unreadable", value=value) from None
    if not 0 <= share < WHOLE - beside:
        raise UsageFault("share_outside", value=value, most=percent_text(WHOLE - beside))
    return share
