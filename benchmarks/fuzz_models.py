"""Fuzz the readers of a model folder: ``fuzz_models.py manifest|file|model FOLDER [SECONDS]``.

Bytes of good content are overwritten, cut and repeated; every input must end in an ArtifactError of
one line, or in a value whose scores are finite. ``FOLDER`` is one that ``fit`` has written.
Coverage-guided by libFuzzer where atheris is installed: ``guided`` before the target, and options
of libFuzzer instead of the seconds.
"""

import math
import sys
import time
from pathlib import Path

import numpy as np

from dcase_classic.errors import ArtifactError, ConfigError
from dcase_classic.io.artifacts import settings_of_views
from dcase_classic.io.manifest import MANIFEST, parse_manifest, read_manifest
from dcase_classic.io.plain_reader import Limits, parse_plain
from dcase_classic.model.model_tree import take_model
from dcase_classic.model.row_tables import FeatureTable


class Target:
    """A reader with good content for it."""

    def __init__(self, kind, folder):
        self.kind, self.folder = kind, folder
        self.entry = next(iter(read_manifest(folder).values()))
        name = MANIFEST if kind == "manifest" else self.entry.file_name
        self.good = (folder / name).read_bytes()

    def read(self, content):
        """Whether the content was taken; anything but an error of one line is raised."""
        try:
            self._read(content)
        except (ArtifactError, ConfigError) as error:
            if "\n" in str(error):
                raise RuntimeError("a message of several lines") from error
            return False
        return True

    def _read(self, content):
        if self.kind == "manifest":
            parse_manifest(content, where=self.folder / MANIFEST)
            return
        tree = parse_plain(content, Limits(), where=self.folder / self.entry.file_name)
        if self.kind == "model":
            settings = settings_of_views(self.entry.config, self.entry.siblings)
            model = take_model(tree, settings)
            rows = {view.key.features: model.training_rows[view.key] for view in model.views}
            tables = {
                features: FeatureTable(X=X[:3] + np.float32(1), clip_index=np.arange(len(X[:3])))
                for features, X in rows.items()
            }
            assert np.isfinite(model.score(tables).anomaly).all()

    def mutated(self, rng):
        """Good content with one to four places overwritten, cut or repeated."""
        content = bytearray(self.good)
        for _ in range(rng.integers(1, 5)):
            at = int(rng.integers(len(content)))
            if rng.random() < 0.7:  # structure, not the numbers of arrays, which are most bytes
                at = max(0, content.find(b"\x8c", at))
            length = int(rng.integers(12))
            patch = rng.bytes(int(rng.integers(17)))
            if rng.random() < 0.3:
                source = int(rng.integers(len(content)))
                patch = bytes(content[source : source + 16])
            content[at : at + length] = patch
        return bytes(content)


def smoke(target, *, seconds=math.inf, n_inputs=math.inf):
    """Read some mutations; the numbers of inputs, and of those that were taken."""
    rng, counts = np.random.default_rng(0), [0, 0]
    end = time.monotonic() + seconds
    while time.monotonic() < end and counts[0] < n_inputs:
        content = target.mutated(rng)
        try:
            counts[1] += target.read(content)
        except BaseException:
            Path("found.bin").write_bytes(content)
            raise
        counts[0] += 1
    return counts


def guided(arguments):
    """Let libFuzzer choose the content."""
    import atheris

    target = Target(arguments[0], Path(arguments[1]))
    atheris.instrument_all()
    atheris.Setup([sys.argv[0], *arguments[2:]], target.read)
    atheris.Fuzz()


if __name__ == "__main__":
    if sys.argv[1] == "guided":
        guided(sys.argv[2:])
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 60
    print(*smoke(Target(sys.argv[1], Path(sys.argv[2])), seconds=seconds), "inputs, taken")
