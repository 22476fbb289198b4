import pytest
from writing import members

from dcase_classic.io.results.package import write_package

LABEL = "Muster_TUX_task2_1"


@pytest.fixture
def meta(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"submission:\r\n  label: x\r\n")
    return path


def test_all_files_stand_in_the_folder_of_the_label(tmp_path, meta):
    report = tmp_path / "paper.pdf"
    report.write_bytes(b"%PDF")
    n_files = write_package(
        tmp_path / "p.zip", LABEL, {"a.csv": "x,1\n"}, meta=meta, technical_report=report
    )
    assert n_files == 3
    assert members(tmp_path / "p.zip") == {
        f"task2/{LABEL}/a.csv": b"x,1\n",
        f"task2/{LABEL}/{LABEL}.meta.yaml": b"submission:\n  label: x\n",
        f"task2/{LABEL}/{LABEL}.technical_report.pdf": b"%PDF",
    }


def test_the_same_texts_give_the_same_bytes_in_any_order(tmp_path, meta):
    texts = {"b.csv": "y,2\n", "a.csv": "x,1\n"}
    write_package(tmp_path / "1.zip", LABEL, texts, meta=meta)
    write_package(tmp_path / "2.zip", LABEL, dict(reversed(texts.items())), meta=meta)
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()
