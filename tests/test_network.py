"""Nothing talks to a network that was not asked to: sockets are denied, and the work is done."""

import json
import subprocess
import sys

DENIED = 77
# An audit hook cannot be taken off again, and sees what any library does.
HARNESS = f"""
import os, sys

def deny(event, arguments):
    is_lookup = event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
    is_sent = event in ("socket.connect", "socket.bind", "socket.sendto")
    if is_lookup or (is_sent and not isinstance(arguments[1], (str, bytes))):  # no file's name
        print(event, arguments, file=sys.stderr)
        os._exit({DENIED})

sys.addaudithook(deny)
"""
VERBS = """
import json
from dcase_classic.cli import main
for arguments in json.loads(sys.argv[1]):
    try:
        main(arguments)
    except SystemExit as ended:
        if ended.code:
            raise
"""


def run_denied(*verbs, cwd=None):
    """Run verbs, each with its arguments, in one process that is started for them."""
    told = json.dumps([[str(argument) for argument in verb] for verb in verbs])
    command = [sys.executable, "-c", HARNESS + VERBS, told]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


def test_fit_score_evaluate_predict_and_doctor_use_no_network(data, tmp_path):
    models, results = tmp_path / "models", tmp_path / "results"
    clip = next((data / "dev_data" / "raw" / "pump" / "test").iterdir())
    ended = run_denied(
        ("fit", data, "--models", models, "--jobs", "2"),
        ("score", data, "--models", models, "--output", results, "--jobs", "2"),
        ("evaluate", results, "--truth", data),
        ("predict", clip, "--models", models, "--machine", "pump"),
        ("doctor", data),
        ("info",),
    )
    assert ended.returncode == 0, ended.stderr
    assert "thresholds  limit" in ended.stdout  # the last verb was reached


def test_the_harness_denies_what_download_asks_for(tmp_path):
    ended = run_denied(("download", "2024", "--machine", "bearing"), cwd=tmp_path)
    assert ended.returncode == DENIED, ended.stderr
    assert "socket." in ended.stderr
