"""From recordings of one's own to a watch: cell by cell, in a folder with normal/ and today/."""

# %% Learn what is normal, and look at today, the worst first
from pathlib import Path

import numpy as np
import soundfile

from dcase_classic import AnomalyDetector, features, load

detector = AnomalyDetector(false_alarms=0.1).fit("normal")
table = detector.score_frame("today").sort_values("severity", ascending=False)
print(table[["path", "severity", "p_value", "is_anomaly", "flags"]].to_string(index=False))

# %% Draw it, where matplotlib is installed
try:
    axes = table.plot.barh("path", "severity", legend=False, title="severity, alarm above 100")
    axes.figure.savefig("severity.png", bbox_inches="tight")
except ImportError as error:
    print(f"no picture: {error}")

# %% Listen with a detector of one's own, see examples/own_detector.py
import own_detector  # noqa: F401 - it registers itself

Path("own.toml").write_text('preset = "knn"\n[[views]]\nname = "mfcc_1s"\ndetector = "spread"\n')
own = AnomalyDetector(config="own.toml").fit("normal")
print(features(table["path"].iloc[0], view="mfcc_1s", config="own.toml", as_frame=True).shape)
print("the same verdicts:", np.mean(own.predict(table["path"]) == detector.predict(table["path"])))

# %% Save it, load it, and stream an array in chunks
detector.save("models", machine_type="pump7", overwrite=True)
samples, sample_rate = soundfile.read(table["path"].iloc[0], dtype="float32")
stream = load("models", machine_type="pump7").stream(sample_rate=sample_rate, hop_s=1.0)
for chunk in np.array_split(np.tile(samples, 2), 50):
    for window in stream.feed(chunk):
        print(f"{window.end_s:5.1f} s: severity {window.severity:.0f}")
