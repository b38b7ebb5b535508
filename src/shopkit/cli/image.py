"""``shopkit image``: cut products out, swap them into scenes, look at what came out.

A command here is a shell: it takes the options, loads its feature inside its body and hands over.

    @command(app, "image.cutout")
    def cutout(products: Products, options: RunOptions, engine: Engine = "auto") -> int:
        from shopkit.cli.run import run_and_report
        from shopkit.image.cutout import CutoutWork

        rows = given([{"product": str(path)} for path in products], options)
        return run_and_report(CutoutWork(engine), rows, options)

Its words stand in ``data/messages/*/image.toml`` under ``[cutout]`` (``help``, ``examples``).
"""

from __future__ import annotations

from shopkit.cli.command import group

app = group("image")
