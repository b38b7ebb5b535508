"""What comes with the package: words, headers, profiles, templates."""

from pathlib import Path

DATA = Path(__file__).parent
