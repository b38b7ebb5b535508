"""Memory that is kept: the same large array again costs no new pages."""

import subprocess
import sys

import pytest

COUNT = """
import resource
from shopkit.runtime.memory import keep_memory
if '{kept}': keep_memory()
def faults(): return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for round in range(6):
    before = faults()
    picture = b"x" * (48 << 20)
    del picture
print(faults() - before)
"""


def last_round(kept):
    code = COUNT.format(kept="yes" if kept else "")
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return int(ran.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's malloc")
def test_a_plane_of_twelve_megapixels_made_again_and_again():
    fresh, kept = last_round(kept=False), last_round(kept=True)
    assert fresh > 10 * max(1, kept)  # pages of 4 KB, or of 2 MB where the kernel gives such
