"""``shopkit image``: cut products out, swap them into scenes, look at what came out.

A command here is a shell: it takes the options, loads its feature inside its body and hands over.

    @command(app, "image.cutout")
    def cutout(options: RunOptions, products: Products = None, engine: Engine = "auto") -> int:
        from shopkit.cli.run import rows_of, run_and_report
        from shopkit.image.cutout_work import ALIASES, CutoutWork

        rows = rows_of(options, [{"product": str(p)} for p in products or []], aliases=ALIASES)
        return run_and_report(CutoutWork(engine=engine), rows, options)

Its words stand in ``data/messages/*/image.toml`` under ``[cutout]`` (``help``, ``examples``).
"""

from __future__ import annotations

from shopkit.cli.command import group

app = group("image")
