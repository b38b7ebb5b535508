"""Tests speak English and see nothing of the machine's own shop, keys or settings."""

import os

for name in [name for name in os.environ if name.startswith(("SHOPKIT_", "OPENAI_"))]:
    del os.environ[name]
os.environ["SHOPKIT_LANG"] = "en"
os.environ.pop("NO_COLOR", None)
