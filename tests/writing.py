"""Small real files for the tests: truths and results of made-up machines."""

import json
import os
import zipfile

import numpy as np
import yaml

from dcase_classic.challenge.result_names import expected_files
from dcase_classic.challenge.years import YEARS, Subset
from dcase_classic.io.manifest import MANIFEST
from dcase_classic.io.results.meta_yaml import meta_template


def write_lines(path, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def touch(folder, *names):
    """Empty files of these names."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        os.close(os.open(folder / name, os.O_CREAT))


def members(path):
    """The files of a zip file by their names."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def edit_manifest(models, change):
    """Change the plain content of a manifest."""
    path = models / MANIFEST
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


def hidden_names(section="03", n_clips=40):
    return [f"section_{section}_{index:04d}.wav" for index in range(n_clips)]


def labels(n_clips=40):
    """Every other clip is an anomaly, the second half is of the target domain."""
    return [(index % 2, int(index >= n_clips // 2)) for index in range(n_clips)]


def labelled_names(section="03", n_clips=40):
    return [
        f"section_{section}_{('source', 'target')[domain]}_test_{('normal', 'anomaly')[label]}"
        f"_{index:04d}_vel_3.0.wav"
        for index, (label, domain) in enumerate(labels(n_clips))
    ]


def write_ground_truth(folder, machines=("fan",), sections=("03",), n_clips=40):
    """The two folders of an official evaluator of 2022 or later."""
    for machine_type in machines:
        for section in sections:
            name = f"ground_truth_{machine_type}_section_{section}_test.csv"
            rows = list(zip(hidden_names(section, n_clips), labels(n_clips), strict=True))
            write_lines(
                folder / "ground_truth_data" / name,
                [f"{clip},{label}" for clip, (label, _) in rows],
            )
            write_lines(
                folder / "ground_truth_domain" / name,
                [f"{clip},{domain}" for clip, (_, domain) in rows],
            )
    return folder


def write_list(path, machines=("fan",), sections=("03",), n_clips=40):
    """An evaluation list as the baseline of 2023 and later has one for every year."""
    lines = []
    for machine_type in machines:
        lines.append(machine_type)
        for section in sections:
            pairs = zip(
                hidden_names(section, n_clips), labelled_names(section, n_clips), strict=True
            )
            lines += [f"{hidden},{labelled}" for hidden, labelled in pairs]
    return write_lines(path, lines)


def write_recordings(folder, names, machine_type="fan"):
    """Files of these names; nobody opens them."""
    touch(folder / machine_type / "test", *names)
    return folder


def random_scores(seed, n_clips):
    """Scores that are higher for anomalies, as `labels` has them."""
    return np.random.default_rng(seed).normal(size=n_clips) + np.arange(n_clips) % 2


def write_results(  # as a team hands them in
    folder, names=None, scores=None, *, machine_type="fan", section="03", tail="section_{}_test"
):
    names = hidden_names(section) if names is None else names
    if scores is None:
        scores = random_scores(len(names), len(names))
    end = f"{machine_type}_{tail.format(section)}.csv"
    rows = list(zip(names, scores, strict=True))
    write_lines(folder / f"anomaly_score_{end}", [f"{name},{float(s)!r}" for name, s in rows])
    write_lines(folder / f"decision_result_{end}", [f"{name},{int(s > 0.5)}" for name, s in rows])
    return folder


def clip_names(year, file, n_clips):
    """Hidden names of the evaluation clips of one file of a submission."""
    form = {
        2020: f"id_{file.section}_{{:08d}}.wav",
        2021: f"section_{file.section}_{file.domain}_test_{{:04d}}.wav",
    }.get(year, f"section_{file.section}_{{:04d}}.wav")
    return [form.format(index) for index in range(n_clips)]


def write_submission(folder, year, n_clips=200):
    """All files of a submission that nothing is wrong with."""
    for name, file in expected_files(year).items():
        rng = np.random.default_rng(len(name))
        values = rng.integers(0, 2, n_clips) if file.is_decision else rng.normal(size=n_clips)
        names = clip_names(year, file, n_clips)
        rows = [f"{clip},{value!r}" for clip, value in zip(names, values.tolist(), strict=True)]
        write_lines(folder / name, rows)
    return folder


def write_evaluation_data(folder, year, n_clips=200):
    """The evaluation recordings that belong to `write_submission`; nobody opens them."""
    for file in expected_files(year).values():
        if not file.is_decision:  # that of a file of scores has the same clips
            write_recordings(folder, clip_names(year, file, n_clips), file.machine_type)
    return folder


def write_meta(path, year, label="Muster_TUX_task2_1", **values):
    """A meta file with all that is asked for."""
    content = yaml.safe_load(meta_template(year, label))
    block = content["submission"]
    block |= {"name": "knn on log-mel statistics", "abbreviation": "knn"}
    block["authors"][0] |= {"lastname": "Muster", "firstname": "Eva", "email": "eva@example.org"}
    for machine in content["results"]["development_dataset"].values():
        machine |= {key: values.get(key, 61.5) for key in machine}
    return write_lines(path, [yaml.safe_dump(content, sort_keys=False)])


def write_documented_example(folder):
    """What docs/evaluation.md works on: results, other results, systems and an evaluator."""
    machines = tuple(YEARS[2023].machines[Subset.EVAL])
    write_ground_truth(folder / "evaluator", machines, ("00",), 200)
    for home, strength, seed in (
        *(("results", 1.0, 1), ("other", 0.8, 1)),
        *(("systems/a", 1.0, 1), ("systems/b", 0.3, 2)),
    ):
        for number, machine_type in enumerate(machines):
            noise = np.random.default_rng([seed, number]).normal(size=200)
            scores = (noise + strength * (np.arange(200) % 2)).round(3)
            names = hidden_names("00", 200)
            write_results(folder / home, names, scores, machine_type=machine_type, section="00")
    write_meta(folder / "complete.meta.yaml", 2023)
