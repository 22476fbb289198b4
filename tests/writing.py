"""Small real files for the tests: truths and results of made-up machines."""

import numpy as np


def write_lines(path, lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


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
    for name in names:
        path = folder / machine_type / "test" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def write_results(  # as a team hands them in
    folder, names=None, scores=None, *, machine_type="fan", section="03", tail="section_{}_test"
):
    names = hidden_names(section) if names is None else names
    if scores is None:
        rng = np.random.default_rng(len(names))
        scores = rng.normal(size=len(names)) + np.arange(len(names)) % 2
    end = f"{machine_type}_{tail.format(section)}.csv"
    rows = list(zip(names, scores, strict=True))
    write_lines(folder / f"anomaly_score_{end}", [f"{name},{float(s)!r}" for name, s in rows])
    write_lines(folder / f"decision_result_{end}", [f"{name},{int(s > 0.5)}" for name, s in rows])
    return folder
