"""What is installed: setup.cfg mistakes are silent, so its result is asserted."""

import subprocess
import sys
from importlib import metadata, resources

import dcase_classic
from dcase_classic._version import __version__

GIVEN = {"click", "joblib", "librosa", "numpy", "pandas", "scikit-learn", "scipy"}
ADDED = {"soundfile", "soxr", "threadpoolctl", "tqdm"}


def test_the_installed_metadata_is_what_setup_cfg_means():
    installed = metadata.metadata("dcase_classic")
    assert installed["Version"] == __version__
    assert installed["Requires-Python"] == ">=3.11"
    # the newer name of the field, or the older one: the version of setuptools decides
    assert "BSD-3-Clause" in {installed.get("License-Expression"), installed.get("License")}
    (script,) = metadata.entry_points(group="console_scripts", name="dcase-classic")
    assert script.value == "dcase_classic.cli:main"


def test_the_dependencies_are_the_given_ones_and_four_more():
    required = metadata.requires("dcase_classic") or []
    names = {line.split(">=")[0] for line in required if "extra" not in line}
    assert names == GIVEN | ADDED


def test_presets_and_the_typing_marker_are_package_data():
    package = resources.files("dcase_classic")
    assert (package / "py.typed").is_file()
    assert (package / "presets" / "knn.toml").is_file()


def test_the_public_names_are_these():
    assert sorted(dcase_classic.__all__) == [
        "AnomalyDetector",
        "Config",
        "DcaseClassicError",
        "Run",
        "Stream",
        "__version__",
        "compare",
        "doctor",
        "evaluate",
        "features",
        "find_clips",
        "fit",
        "iter_fit",
        "iter_prepare",
        "iter_score",
        "load",
        "load_config",
        "load_preset",
        "log_mel",
        "predict",
        "prepare",
        "register",
        "score",
    ]
    for name in dcase_classic.__all__:
        assert getattr(dcase_classic, name) is not None


def test_the_import_of_the_package_brings_no_library():
    code = "import sys, dcase_classic; print([name for name in sys.modules if name in %r])"
    command = [sys.executable, "-c", code % sorted({"numpy", "sklearn", *GIVEN, *ADDED})]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


def test_an_unknown_public_name_is_an_attribute_error():
    assert not hasattr(dcase_classic, "predict_the_future")
