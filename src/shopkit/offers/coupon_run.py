"""``coupon create``, ``promo create``: judged rows in; upload files, codes, a list, results out.

Idempotent: the state remembers every coupon by its content. A second run makes none.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shopkit.messages import text
from shopkit.offers.code_store import Codes, issue
from shopkit.offers.codes import code_key
from shopkit.offers.coupons import Coupon, Judged
from shopkit.offers.upload import columns_of, splits, unfit, upload_rows
from shopkit.offers.words import gives
from shopkit.runtime.cells import guarded
from shopkit.runtime.job import Figure, Outcome
from shopkit.runtime.profiles import Profile
from shopkit.runtime.publish import Ended, Publication, publishing
from shopkit.runtime.rejects import Reject, render_rejects
from shopkit.runtime.results import BatchResult
from shopkit.runtime.settings import Baseline
from shopkit.runtime.state import State
from shopkit.runtime.table_write import render
from shopkit.values import money_text

COMMAND, PROMO_COMMAND = "coupon create", "promo create"
EVIDENCE = ("change", "gives", "window", "exposure", "codes", "guess", "errors")
_CODES_A_FILE = 1_000_000


@dataclass(frozen=True, slots=True)
class CodeWish:
    """Codes that every coupon is to get: how many, of which look (see ``code_store.issue``).

    ``held``: what was wrong with the list of codes in use elsewhere, for rejects.csv.
    """

    count: int = 0
    prefix: str = ""
    length: int = 0
    held: tuple[Reject, ...] = ()


_NO_CODES = CodeWish()


@dataclass(frozen=True, slots=True)
class Made:
    """A row that became a coupon; ``change``: new, changed (same name, other content) or not."""

    judged: Judged
    coupon: Coupon
    change: str
    codes: Codes | None = None


def create(  # noqa: PLR0913 - what the command line offers, all by keyword
    judged: Sequence[Judged],
    out: Path,
    profile: Profile,
    *,
    state: State,
    now: dt.datetime,
    command: str = COMMAND,
    codes: CodeWish = _NO_CODES,
    baseline: Baseline | None = None,
    force: bool = False,
) -> BatchResult:
    """Write everything for the coupons (or shop promotions) that are sound.

    Raises EngineMissing where codes are asked for and there is no key, InputRefused for codes
    that cannot be made so.
    """
    key = code_key() if codes.count else b""
    columns_of(profile)
    with publishing(command, out, state=state, now=now, baseline=baseline, force=force) as run:
        folder = state.name(out.resolve())
        known = _known(state, command)
        sound = [one for one in judged if one.coupon is not None and not one.doubts]
        elsewhere = _elsewhere(sound, known, folder, force)
        made = []
        with state.transaction():  # codes for all, or for none
            for one in sound:
                if (
                    one.coupon is not None
                    and one.row.number not in elsewhere
                    and not unfit(one.coupon, profile, coded=bool(codes.count))
                ):
                    issued = _issued(state, key, one.coupon, codes)
                    made.append(Made(one, one.coupon, _change(one.coupon, known, folder), issued))
        wrong = [each for one in judged for each in (*one.errors, *one.doubts)]
        _write_files(run, made, [*wrong, *codes.held], profile)
        coded = bool(codes.count)
        ended = [_ended(one, profile, made, elsewhere, coded=coded) for one in judged]
        return run.close(
            ended, evidence=EVIDENCE, record=lambda: _remember(state, made, command, folder, now)
        )


def batch_names(state: State) -> dict[str, str]:
    """Batch of codes -> the coupon that it was made for."""
    return {key: name for key, (name, _) in _known(state, COMMAND).items()}


def _issued(state: State, key: bytes, coupon: Coupon, codes: CodeWish) -> Codes | None:
    if not codes.count:
        return None
    return issue(state, key, coupon.key, codes.count, prefix=codes.prefix, length=codes.length)


def _known(state: State, command: str) -> dict[str, tuple[str, str]]:
    """Content key -> (name, folder) of everything that the command made before."""
    found = state.read("SELECT key, name, out FROM created WHERE command = ?", (command,))
    return {key: (name, folder) for key, name, folder in found}


def _change(coupon: Coupon, known: Mapping[str, tuple[str, str]], folder: str) -> str:
    if coupon.key in known:
        return "unchanged"
    return "changed" if (coupon.id, folder) in known.values() else "new"


def _elsewhere(
    judged: Sequence[Judged], known: Mapping[str, tuple[str, str]], folder: str, force: bool
) -> dict[int, str]:
    """Rows whose coupon was made into another folder already: making it twice costs twice."""
    if force:
        return {}
    places = ((one.row.number, known.get(one.coupon.key)) for one in judged if one.coupon)
    return {number: found[1] for number, found in places if found and found[1] != folder}


def _remember(
    state: State, made: Sequence[Made], command: str, folder: str, now: dt.datetime
) -> None:
    """What is in the folder now is what was made there."""
    state.write("DELETE FROM created WHERE command = ? AND out = ?", (command, folder))
    at = now.isoformat(timespec="seconds")
    state.write_many(
        "INSERT OR REPLACE INTO created (command, key, name, out, at) VALUES (?,?,?,?,?)",
        [(command, one.coupon.key, one.coupon.id, folder, at) for one in made],
    )


def _write_files(
    run: Publication, made: Sequence[Made], rejects: Sequence[Reject], profile: Profile
) -> None:
    coupons = [one.coupon for one in made]
    columns = [column for column, _ in columns_of(profile)]
    most = int(profile.number("rows_a_file", 0) or 0) or max(1, len(coupons))
    for number, start in enumerate(range(0, len(coupons), most), start=1):
        part = coupons[start : start + most]
        end = f"-{number:03}" if len(coupons) > most else ""
        name = f"upload-{profile.name.partition('-')[0]}{end}.csv"
        run.file(name).write_bytes(render(".csv", columns, upload_rows(part, profile)))
    if coupons:
        run.file("list.md").write_text(plain_list(coupons), encoding="utf-8")
    _write_codes(run, made, int(profile.number("codes_a_file", 0) or 0) or _CODES_A_FILE)
    if rejects:
        run.file("rejects.csv").write_bytes(render_rejects(rejects))


def _write_codes(run: Publication, made: Sequence[Made], most: int) -> None:
    """codes.csv with every code; and files of one coupon each where the platform limits a call."""
    issued = [(one.coupon.id, one.codes) for one in made if one.codes is not None]
    if not issued:
        return
    with run.file("codes.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        stream.write("coupon,code\r\n")
        for name, codes in issued:
            stream.writelines(_lines(name, codes))
    if most == _CODES_A_FILE:
        return
    for place, (_, codes) in enumerate(issued, start=1):
        for number, part in enumerate(codes.parts(most), start=1):
            content = "code\n" + "\n".join(part) + "\n"
            run.file(f"codes/{place:04}-{number:05}.csv").write_text(content, encoding="utf-8")


def _lines(name: str, codes: Codes) -> Iterator[str]:
    row = io.StringIO()
    csv.writer(row, lineterminator="").writerow([guarded(name)])
    start = row.getvalue() + ","
    return (f"{start}{code}\r\n" for code in codes)


def plain_list(coupons: Sequence[Coupon]) -> str:
    """One sentence a coupon, for a person to read before it goes up, and what all may cost."""
    told = [f"- {sentence(one)}" for one in coupons]
    total = money_text(sum(one.exposure for one in coupons))
    open_ended = sum(one.kind != "minus" or not one.total for one in coupons)
    head = text("coupon.list.head", count=len(coupons), total=total)
    more = [text("coupon.list.open_ended", count=open_ended)] if open_ended else []
    return "\n".join([f"# {head}", "", *more, *([""] if more else []), *told, ""])


def sentence(coupon: Coupon) -> str:
    """A coupon in plain words."""
    parts = [_gives(coupon), window(coupon)]
    parts.append(text("coupon.list.total", count=coupon.total) if coupon.total else "")
    parts.append(text("coupon.list.each", count=coupon.per_person) if coupon.per_person else "")
    parts.append("" if coupon.scope.whole_shop else text("coupon.list.some", count=_goods(coupon)))
    if coupon.exposure:
        parts.append(text("coupon.list.exposure", amount=money_text(coupon.exposure)))
    return f"**{coupon.id}**: " + " · ".join(part for part in parts if part)


def window(coupon: Coupon) -> str:
    """When it can be used; nothing where no window is told."""
    if coupon.starts is None and coupon.ends is None:
        return ""
    last = coupon.ends - dt.timedelta(seconds=1) if coupon.ends else None
    ends = (f"{one:%Y-%m-%d %H:%M}" if one else "…" for one in (coupon.starts, last))
    return " – ".join(ends)


def _goods(coupon: Coupon) -> int:
    scope = coupon.scope
    return len(scope.items) + len(scope.skus) + len(scope.tags)


def _ended(
    one: Judged,
    profile: Profile,
    made: Sequence[Made],
    elsewhere: Mapping[int, str],
    *,
    coded: bool,
) -> Ended:
    """What results.csv says of a row."""
    row, coupon = one.row, one.coupon
    name = coupon.id if coupon else f"line {row.line or row.number}"
    if coupon is None:
        first = one.errors[0]
        count: dict[str, Figure] = {"errors": len(one.errors)}
        return Ended(row, name, Outcome("failed", first.rule, _told(first), count, one.repairs))
    evidence = _evidence(coupon)
    if one.doubts:
        first = one.doubts[0]
        return Ended(row, name, Outcome("review", first.rule, _told(first), evidence))
    place: dict[str, Figure] = {
        "file": row.source,
        "line": row.line,
        "column": "",
        "value": coupon.id,
    }
    if row.number in elsewhere:
        told: dict[str, Figure] = {**place, "out": elsewhere[row.number]}
        return Ended(row, name, Outcome("review", "coupon_made_elsewhere", told, evidence))
    if reason := unfit(coupon, profile, coded=coded):
        told = {**place, "kind": coupon.kind, "profile": profile.name.partition("-")[0]}
        return Ended(row, name, Outcome("failed", reason, told, evidence))
    mine = next(each for each in made if each.judged is one)
    evidence["change"] = mine.change
    if mine.codes:
        evidence |= {"codes": len(mine.codes), "guess": f"{mine.codes.chance:.1e}"}
    before = mine.change == "unchanged"
    split = ("ladder_split",) if splits(coupon, profile) else ()
    warnings = (*one.repairs, *split)
    return Ended(row, name, Outcome("ok", evidence=evidence, warnings=warnings), before)


def _told(one: Reject) -> dict[str, Figure]:
    return {name: str(value) for name, value in one.error.values.items()}


def _evidence(coupon: Coupon) -> dict[str, Figure]:
    exposure = money_text(coupon.exposure) if coupon.exposure else None
    return {"gives": _gives(coupon), "window": window(coupon), "exposure": exposure}


def _gives(coupon: Coupon) -> str:
    return gives(coupon.kind, coupon.tiers, each_per=coupon.each_per)
