"""Time and memory of ``doctor`` on a data set of many clips (made on the spot, headers only).

python benchmarks/doctor_10000.py [N_CLIPS]
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from dcase_classic.pipeline.doctor import doctor
from dcase_classic.report.examination import examination_text


def main() -> None:
    """Write the clips, look through them, print seconds and the peak of memory."""
    n_clips = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        for index in range(n_clips):
            path = Path(folder) / f"machine{index // 1000}" / "train"
            path.mkdir(parents=True, exist_ok=True)
            name = f"section_00_source_train_normal_{index:05d}_vel_3.wav"
            soundfile.write(path / name, rng.integers(-999, 999, 16000).astype(np.int16), 16000)
        before = time.perf_counter()
        examination = doctor(Path(folder))
        text = examination_text(examination)
        elapsed_s = time.perf_counter() - before
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    workers_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(text.splitlines()[-1])
    print(
        f"{n_clips} clips: {elapsed_s:.1f} s, {peak_mb:.0f} MB here, {workers_mb:.0f} MB per worker"
    )


if __name__ == "__main__":
    main()
