"""The tables of docs/recordings.md: every kind of file and folder is built, and tried."""

import re
import shutil
import struct
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from conftest import ROOT

from dcase_classic.config.sound import AudioConfig
from dcase_classic.errors import DataError
from dcase_classic.io.recordings.audio import read_recording
from dcase_classic.io.recordings.inspect import inspect_header, inspect_samples
from dcase_classic.io.recordings.own_clips import survey_own_clips
from dcase_classic.io.recordings.raw_samples import parse_raw_format
from dcase_classic.report.overview import left_out_lines

RATE_HZ = 16000
PAGE = ROOT / "docs" / "recordings.md"
NOISE = np.random.default_rng(0).normal(size=2 * RATE_HZ) * 0.05


def write(folder, name="a.wav", samples=NOISE, **options):
    path = folder / name
    soundfile.write(path, samples, options.pop("rate_hz", RATE_HZ), **options)
    return path


def written(name="a.wav", samples=NOISE, **options):
    return lambda folder: write(folder, name, samples, **options)


def declaring(n_bytes):
    """A wav file of 64,000 bytes of samples whose header declares another number."""

    def build(folder):
        path = write(folder)
        content = bytearray(path.read_bytes())
        struct.pack_into("<I", content, 40, n_bytes)
        path.write_bytes(content)
        return path

    return build


def cut(name, part, **options):
    def build(folder):
        path = write(folder, name, **options)
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * part)])
        return path

    return build


def large(form, n_declared, name="a.wav"):
    """64,000 bytes of samples in a form for large files; None leaves out their number."""

    def build(folder):
        content = write(folder, name).read_bytes()
        length = b"" if n_declared is None else struct.pack("<QQQI", 0, n_declared, 7, 0)
        large = b"ds64" + struct.pack("<I", len(length)) + length
        head = form + b"\xff" * 4 + b"WAVE" + large + content[12:40] + b"\xff" * 4
        return holding(head + content[44:], name)(folder)

    return build


def with_length_of_caf(n_bytes):
    def build(folder):
        path = write(folder, "a.caf")
        content = path.read_bytes()
        at = content.index(b"data") + 4
        path.write_bytes(content[:at] + struct.pack(">q", n_bytes) + content[at + 8 :])
        return path

    return build


def twice(name, n_cut=0, **options):
    def build(folder):
        path = write(folder, name, **options)
        path.write_bytes(path.read_bytes() + path.read_bytes()[n_cut:])
        return path

    return build


def appended(content, name="a.wav"):
    def build(folder):
        path = write(folder, name)
        path.write_bytes(path.read_bytes() + content)
        return path

    return build


def holding(content, name="a.wav"):
    def build(folder):
        path = folder / name
        path.write_bytes(content)
        return path

    return build


def streamed(command, name="a.wav"):
    """What another program writes into a pipe."""

    def build(folder):
        program = "sox" if "sox" in command else "ffmpeg"
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
        source, target = write(folder, "source.wav"), folder / name
        line = f"{command.format(source)} | cat > {target}"
        subprocess.run(line, shell=True, check=True)  # noqa: S602 - our own pipe
        return target

    return build


def file_of(command, name):
    """What another program writes into a file."""

    def build(folder):
        program = command.split()[0]
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
        target = folder / name
        subprocess.run([*command.format(write(folder, "source.wav")).split(), target], check=True)
        return target

    return build


def cut_file_of(command, name, part):
    def build(folder):
        path = file_of(command, name)(folder)
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])
        return path

    return build


def needs_pyav(build):
    def built(folder):
        pytest.importorskip("av", reason="needs PyAV")
        return build(folder)

    return built


INTEGERS = np.round(NOISE * 32768)
FFMPEG = "ffmpeg -v error -y -i {}"
SOX = "cat {} | sox -t raw -r 16000 -e signed -b 16 -c 1 -"
# the name of a row of the table, and what is built for it
KINDS = [
    ("wav, 16 bit", written()),
    *(
        ("wav, 8, 24 or 32 bit, float, double, u-law, A-law", written(subtype=subtype))
        for subtype in ("PCM_U8", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW")
    ),
    *(
        ("wav as ADPCM or GSM", written(subtype=subtype, rate_hz=8000))
        for subtype in ("IMA_ADPCM", "MS_ADPCM", "GSM610")
    ),
    *(
        ("flac, ogg, opus, mp3, aiff, au, caf, w64, rf64", written(name, **options))
        for name, options in {
            "a.flac": {},
            "a.ogg": {},
            "a.opus": {"format": "OGG", "subtype": "OPUS"},
            "a.mp3": {},
            "a.aiff": {},
            "a.au": {},
            "a.caf": {},
            "a.w64": {},
            "a.rf64": {"format": "RF64"},
        }.items()
    ),
    *(
        ("others that libsndfile knows by their content, given by name", written(name, **options))
        for name, options in {
            "a.nist": {"subtype": "PCM_16"},
            "a.voc": {},
            "a.mat": {"format": "MAT5", "subtype": "PCM_16"},
            "a.raw": {"format": "FLAC"},
        }.items()
    ),
    *(
        ("wav stream (length 0xFFFFFFFF, 0x80000000, 0x7FFFF000)", declaring(n_bytes))
        for n_bytes in (0xFFFFFFFF, 0x80000000, 0x7FFFF000)
    ),
    *(
        ("wav stream (length 0xFFFFFFFF, 0x80000000, 0x7FFFF000)", streamed(command))
        for command in (
            f"{FFMPEG} -f wav -",
            f"{FFMPEG} -c:a pcm_s24le -f wav -",
            f"{FFMPEG} -c:a pcm_mulaw -f wav -",
            f"{FFMPEG} -c:a adpcm_ima_wav -f wav -",
            f"{SOX} -t wav -",
            f"{SOX} -e gsm-full-rate -r 8000 -t wav -",
        )
    ),
    *(
        ("rf64 or bw64 stream (length unknown or left out)", large(form, n_bytes))
        for form, n_bytes in ((b"RF64", 2**64 - 1), (b"BW64", 2**63 - 1), (b"RF64", None))
    ),
    ("wav, length 0", declaring(0)),
    ("rf64 or bw64, length 0", large(b"RF64", 0)),
    *(("rf64 or bw64, number of samples wrong", large(form, 64000)) for form in (b"RF64", b"BW64")),
    *(("wav, length 8 to 44 bytes too long", declaring(64000 + n)) for n in (8, 36, 44)),
    ("wav with sound behind the declared end", declaring(32000)),
    ("wav with sound behind the declared end", large(b"BW64", 32000)),
    ("wav, two of them in a row", twice("a.wav")),
    ("wav, two of them in a row", twice("a.wav", 36)),  # behind a header, twice samples
    ("mp3, two of them in a row", twice("a.mp3")),
    ("ogg, two of them in a row", twice("a.ogg")),
    ("flac with a title behind the samples", appended(b"TAG" + bytes(125), "a.flac")),
    ("wav with chunks behind the samples", appended(b"LIST\4\0\0\0INFO")),
    ("wav with a few bytes behind the samples", appended(b"\1" * 10)),
    ("wav, samples missing", cut("a.wav", 0.8)),
    *(
        ("aiff, au, caf, w64, samples missing", cut(name, 0.8))
        for name in ("a.aiff", "a.au", "a.caf", "a.w64")
    ),
    ("rf64 or bw64, samples missing", cut("a.rf64", 0.8, format="RF64")),
    ("rf64 or bw64, samples missing", large(b"BW64", 96000)),
    ("flac, cut", cut("a.flac", 0.8)),
    ("ogg, cut", cut("a.ogg", 0.8)),
    ("mp3 that knows its length, cut", cut("a.mp3", 0.8)),
    ("flac stream", streamed(f"{FFMPEG} -f flac -", "a.flac")),
    ("mp3 stream", streamed(f"{FFMPEG} -write_xing 0 -f mp3 -", "a.mp3")),
    ("au stream", streamed(f"{SOX} -t au -", "a.au")),
    ("caf stream", with_length_of_caf(-1)),
    ("aiff stream", streamed(f"{SOX} -t aiff - 2> /dev/null", "a.aiff")),
    ("float above 1, up to 8", written(samples=NOISE * 20, subtype="FLOAT")),
    ("float that holds 16-bit integers", written(samples=INTEGERS, subtype="FLOAT")),
    ("float of another range", written(samples=NOISE * 1000.1, subtype="FLOAT")),
    ("32 bit that holds 16-bit integers",
     written(samples=INTEGERS.astype(np.int32), subtype="PCM_32")),
    ("clipped", written(samples=np.clip(NOISE * 30, -1, 1))),
    ("stands still", written(samples=np.where(np.arange(len(NOISE)) < 16000, 0.1, NOISE))),
    ("silence on the chosen channel", written(samples=np.column_stack((0 * NOISE, NOISE)))),
    ("silence", written(samples=0 * NOISE)),
    ("a constant", written(samples=0 * NOISE + 0.1)),
    ("NaN or infinity", written(samples=np.where(NOISE > 0.1, np.nan, NOISE), subtype="FLOAT")),
    ("m4a, aac, wma without the extra av", holding(b"\0\0\0\x20ftypM4A " + bytes(99), "a.m4a")),
    *(
        ("m4a, aac, wma with the extra av", needs_pyav(file_of(FFMPEG, name)))
        for name in ("a.m4a", "a.aac", "a.wma")
    ),
    ("mka, samples missing", needs_pyav(cut_file_of(FFMPEG, "a.mka", 0.6))),
    ("0 bytes", holding(b"")),
    *(
        ("no sound at all", holding(b"hello world" * 20, name))
        for name in ("a.wav", "a.au", "a.snd", "a.mp3.mat")
    ),
    *(
        ("samples without a header, and no --raw", holding(bytes(range(200)) * 20, name))
        for name in ("a.raw", "a.RAW", "a.pcm")
    ),
    ("a header only", written(samples=NOISE[:0])),
]  # fmt: skip


def rows_of(title):
    """The rows of a table of the page: name and outcome."""
    table = PAGE.read_text("utf-8").partition(f"| {title} | what happens |\n")[2]
    lines = table.partition("\n\n")[0].splitlines()[1:]
    return dict(re.fullmatch(r"\| (.*?) \| (.*?) \|", line).groups() for line in lines)


def outcome(path):
    """What happens to a file, in the words of the table: N is a number, and paths are left out."""
    try:
        flags = read_recording((path,), AudioConfig()).flags
    except DataError as error:
        said = f"refused: {error.problem}" + (f"; {error.advice}" if error.advice else "")
    else:
        said = "scored" + (f", flagged: {'; '.join(flags)}" if flags else "")
    said = said.replace(f"{path.parent}/", "")
    return re.sub(r"(?<![\w-])\d+(\.\d+)?(?![\w-])", "N", said)


@pytest.mark.uncounted
@pytest.mark.parametrize(("name", "build"), KINDS, ids=[name for name, _ in KINDS])
def test_what_the_page_says_of_a_kind_of_file_happens_and_the_doctor_refuses_the_same(
    tmp_path, monkeypatch, name, build
):
    if "without the extra" in name:
        monkeypatch.setitem(sys.modules, "av", None)
    path = build(tmp_path)
    told, expected = outcome(path), rows_of("file")[name]
    is_refused = told.startswith("refused")
    if soundfile.__libsndfile_version__ < "1.2.2" and name in {"flac, cut", "ogg, cut"}:
        told, expected = (text.partition(":")[0] for text in (told, expected))  # in other words
    assert told == expected
    assert (inspect_samples(path).error is not None) == is_refused
    header = inspect_header(path)
    assert header.error is None or is_refused


def test_the_page_names_every_kind_that_is_tried():
    assert list(rows_of("file")) == list(dict.fromkeys(name for name, _ in KINDS))


def test_raw_samples_are_read_as_the_page_says(tmp_path):
    path = tmp_path / "a.raw"
    path.write_bytes(np.round(NOISE * 32768).astype("<i2").tobytes() + b"\0")
    recording = read_recording((path,), AudioConfig(), raw=parse_raw_format("16000:s16le:1"))
    assert recording.format.n_samples == len(NOISE)
    assert recording.flags == ("1 byte behind the last whole sample is left out",)


def linked(folder):
    (folder / "elsewhere").mkdir()
    write(folder / "elsewhere")
    (folder / "data").mkdir()
    (folder / "data" / "link").symlink_to(folder / "elsewhere")
    return folder / "data"


def linked_back(folder):
    write(folder)
    (folder / "back").symlink_to(folder)
    return folder


def beside(name, *, is_folder=False):
    """A recording with another file, or a folder that holds a recording, beside it."""

    def build(folder):
        write(folder)
        if is_folder:
            (folder / name).mkdir()
            write(folder / name, "b.wav")
        else:
            (folder / name).touch()
        return folder

    return build


FOLDERS = [
    ("a folder behind a link", linked),
    ("a link back to a folder above", linked_back),
    *(
        ("a hidden or system folder", beside(name, is_folder=True))
        for name in ("@eaDir", ".Trash-1000", ".snapshot", "#recycle", "__MACOSX", "lost+found")
    ),
    ("a folder named x.wav", beside("x.wav", is_folder=True)),
    ("a file that is no recording", beside("notes.txt")),
    ("a hidden file", beside("._a.wav")),
]


@pytest.mark.parametrize(("name", "build"), FOLDERS, ids=[name for name, _ in FOLDERS])
def test_what_the_page_says_of_a_folder_happens(tmp_path, name, build):
    survey = survey_own_clips([build(tmp_path)])
    names = ", ".join(clip.path.name for clip in survey.clips)
    said = "; ".join([f"found: {names}", *left_out_lines(survey.left_out)])
    assert said == rows_of("beside a.wav")[name]


def test_the_page_names_every_folder_that_is_tried():
    assert list(rows_of("beside a.wav")) == list(dict.fromkeys(name for name, _ in FOLDERS))
