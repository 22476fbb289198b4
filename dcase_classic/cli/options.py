"""Arguments and options that several verbs share."""

import shlex
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial, wraps
from math import isnan, nan
from pathlib import Path
from typing import Any

import click

from dcase_classic.cli.completion import complete_machines
from dcase_classic.cli.output import say
from dcase_classic.errors import printable
from dcase_classic.run import VERIFY_KEY_VARIABLE, Run
from dcase_classic.wording import whole_number

Command = Callable[..., Any]
Decorator = Callable[[Command], Command]

_DAY_S = 24 * 3600.0


class GivenPath(click.Path):
    """A path that need not be there; an empty one, of a variable that is not set, is none."""

    def __init__(self, *, is_file: bool = False) -> None:
        super().__init__(path_type=Path, dir_okay=not is_file)

    def convert(
        self,
        value: Any,  # noqa: ANN401 - as click has it
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:  # noqa: ANN401 - as click has it
        """The path."""
        problem = self.problem_of(Path(value)) if value != "" else "got an empty one"
        if problem:
            self.fail(problem, param, ctx)
        return super().convert(value, param, ctx)

    def problem_of(self, path: Path) -> str:
        """Why a path cannot be taken; empty if it can."""
        return ""


class MadeFile(GivenPath):
    """A file that is made, of which only one of its kind, by how it ``begins``, is replaced.

    Of one that ``is_last``, written when all work is done, it is asked before whether it can be.
    """

    def __init__(self, kind: str, begins: bytes, *, is_last: bool) -> None:
        super().__init__(is_file=True)
        self._kind, self._begins, self._is_last = kind, begins, is_last

    def problem_of(self, path: Path) -> str:
        """A recording that was meant to be read is not replaced."""
        from dcase_classic.io.files import check_writable

        content = b""
        with suppress(OSError):  # what cannot be read is told of when it is replaced
            if path.is_file():
                with path.open("rb") as file:
                    content = file.read(len(self._begins))
        if content and content != self._begins:
            return f"{printable(str(path))} is no {self._kind}, and would be replaced"
        try:
            if self._is_last:
                check_writable(path.parent)
        except OSError as error:
            return printable(f"{error.filename}: {str(error.strerror).lower()}")
        return ""


FOLDER = GivenPath()
PAGE = MadeFile("page", b"<!doctype html>", is_last=True)
PACKAGE = MadeFile("zip file", b"PK", is_last=True)
METRICS = MadeFile("file of metrics", b"# HELP", is_last=False)
EXISTING = click.Path(exists=True, path_type=Path)
EXISTING_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
path_option = partial(click.option, type=FOLDER)
flag = partial(click.option, is_flag=True)
FILE = GivenPath(is_file=True)


class Seconds(click.FloatRange):
    """A length of time, of at least ``least`` seconds and at most a day."""

    def __init__(self, least: float) -> None:
        super().__init__(min=least, max=_DAY_S)

    def convert(
        self,
        value: Any,  # noqa: ANN401 - as click has it
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> float:
        """The number; NaN, which no range excludes, is none."""
        number = float(super().convert(value, param, ctx))
        if isnan(number):
            self.fail(f"got {value!r}, expected a number of seconds", param, ctx)
        return number


def gathered(
    name: str, options: Iterable[Decorator], take: Callable[[dict[str, Any]], object]
) -> Decorator:
    """Several options as one parameter of a verb.

    Parameters
    ----------
    name : of the parameter.
    options : in the order in which help lists them.
    take : makes the parameter and takes the values of the options out of all values.
    """

    def decorate(command: Command) -> Command:
        @wraps(command)
        def with_gathered(*arguments: object, **values: Any) -> object:  # noqa: ANN401 - of options
            return command(*arguments, **{name: take(values)}, **values)

        decorated: Command = with_gathered
        for option in reversed([*options]):
            decorated = option(decorated)
        return decorated

    return decorate


def year(value: str) -> int:
    """A year of the challenge; which there are is asked late, that keeps ``--help`` fast."""
    from dcase_classic.challenge.years import YEARS

    return int(click.IntRange(min(YEARS), max(YEARS))(value))


YEAR = click.types.FuncParamType(year)

data_argument = click.argument("data", type=EXISTING_FOLDER)
models_option = path_option(
    "--models", required=True, metavar="DIR", help="Folder of the fitted models."
)
truth_option = path_option(
    "--truth",
    "truth_paths",
    multiple=True,
    metavar="PATH",
    help="Recordings with labelled names, a folder with ground_truth_data, or an evaluation list; "
    "repeat it to have sources compared. Without it the names in the results tell.",
)
skip_missing_option = flag("--skip-missing", help="Leave out clips that have no score.")


def _no_results(_: click.Context, parameter: click.Parameter, path: Path | None) -> Path | None:
    """A file that may be written: scores and decisions, which are read, are not replaced."""
    from dcase_classic.challenge.result_names import parse_result_name

    if path is not None and parse_result_name(path.name) is not None:
        raise click.BadParameter(f"{path}: is called as results are; name another", param=parameter)
    return path


file_option = path_option(
    "-o", "--output", metavar="FILE", callback=_no_results, help="Write it there too."
)
list_option = click.option(
    "--list",
    "clip_list",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="CSV: path, and any of machine_type, section, domain, label, split, session, sibling.",
)


def sign_key_option(*, is_required: bool) -> Decorator:
    """``--sign-key``."""
    return path_option(
        "--sign-key",
        required=is_required,
        metavar="FILE",
        help="Private key (Ed25519) that signs the folder of models.",
    )


machine_option = click.option(
    "--machine",
    "machines",
    multiple=True,
    metavar="NAME",
    shell_complete=complete_machines,
    help="Only this machine; repeatable.",
)


def _rate(value: str) -> float:
    """A share between 0 and 1."""
    try:
        rate = float(value)
    except ValueError:
        rate = nan
    if not 0 < rate < 1:
        raise click.BadParameter(
            f"got {value!r}, expected a number between 0 and 1, such as 0.01 for 1 in 100"
        )
    return rate


false_alarms_option = click.option(
    "--false-alarms",
    type=click.types.FuncParamType(_rate),
    metavar="RATE",
    help="Wanted rate of false alarms, such as 0.01; default 0.1, or that of the models.",
)


def _channel(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> int | str | None:
    """A number from 0, or one of the words that settings know."""
    from dcase_classic.config.sound import CHANNELS

    if value is None or value in CHANNELS:
        return value
    number = whole_number(value)
    if number is not None:
        return number
    expected = f"expected a number from 0, or {', '.join(CHANNELS)}"
    raise click.BadParameter(f"got {value!r}, {expected}", context, parameter)


channel_option = click.option(
    "--channel",
    callback=_channel,
    metavar="CHANNEL",
    help="Number from 0 (default 0), 'mean', or of two (near, far): 'far' or 'difference'.",
)


out_of_range_option = click.option(
    "--out-of-range",
    type=click.Choice(["flag", "adjust", "refuse"]),
    help="What is done with recordings louder or softer than those of training: name them (by "
    "default), score them at the nearest level of training, or give them no score.",
)
year_option = click.option(
    "--year",
    type=YEAR,
    metavar="YEAR",
    help="DCASE year of the recordings; by default they tell it themselves.",
)
_jobs = click.option(
    "-j",
    "--jobs",
    "n_jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes; default all cores it may use, for fewer than 1000 recordings as threads of 1.",
)
_backend = click.option(
    "--backend",
    type=click.Choice(["local", "dask"]),
    default="local",
    show_default=True,
    help="Where the processes run: here, or on a Dask cluster that sees the same folders.",
)
_scheduler = click.option(
    "--scheduler", metavar="ADDRESS", help="Of the Dask cluster, such as tcp://10.0.0.1:8786."
)
_cache = click.option(
    "--no-cache",
    "has_cache",
    flag_value=False,
    default=True,
    help="Neither use nor keep the features of recordings (see 'cache').",
)


verify_key_option = path_option(
    "--verify-key",
    envvar=VERIFY_KEY_VARIABLE,
    show_envvar=True,
    metavar="FILE",
    help="Public key (Ed25519); models that it has not signed are refused.",
)


allow_part_option = click.option(
    "--allow-part",
    "allow_parts",
    multiple=True,
    metavar="NAME",
    help="Part of another package that models may load; its code runs. Repeatable.",
)


_FORMS = {
    "json": "Print JSON; docs/outputs.md explains it.",
    "jsonl": "Print rows as JSON, one a line.",
    "csv": "Print rows as CSV.",
}


def run_options(
    *, on_error: str = "", is_heavy: bool = False, reads_models: bool = False
) -> Decorator:
    """``--jobs`` and what else says how the work is done, as one parameter ``run`` of the verb.

    Parameters
    ----------
    on_error : what the verb does at a bad recording by itself; empty where there is no choice.
    is_heavy : whether a cluster and the cache serve it.
    reads_models : whether it reads models that somebody else may have made.
    """
    options: list[Decorator] = [_on_error(on_error)] if on_error else []
    options += [_jobs, _backend, _scheduler, _cache] if is_heavy else [_jobs]
    options += [verify_key_option, allow_part_option] if reads_models else []
    return gathered("run", options, _run)


def admission_options(*, loads_models: bool) -> Decorator:
    """What says whose models are read, as ``run``, where nothing else of a run has a meaning.

    Parameters
    ----------
    loads_models : whether the verb loads them, and so parts of other packages, too.
    """
    parts = [allow_part_option] if loads_models else []
    return gathered("run", [verify_key_option, *parts], _run)


def _on_error(default: str) -> Decorator:
    return click.option(
        "--on-error",
        type=click.Choice(["fail", "skip"]),
        default=default,
        show_default=True,
        help="Stop at a recording that cannot be used, or leave it out and exit with 3.",
    )


def _run(values: dict[str, Any]) -> Run:
    """Take the values of the options out of ``values``."""
    backend, scheduler = values.pop("backend", "local"), values.pop("scheduler", None)
    if (backend == "dask") != (scheduler is not None):
        raise click.UsageError("--backend dask and --scheduler ADDRESS need each other")
    return Run(
        n_jobs=values.pop("n_jobs", None),
        on_error=values.pop("on_error", None),
        cache=_cache_folder() if values.pop("has_cache", False) else None,
        scheduler=scheduler,
        verify_key=values.pop("verify_key", None),
        allow_parts=values.pop("allow_parts", ()),
    )


def _cache_folder() -> Path | None:
    """The user's cache; none where there is no home folder, which is said."""
    from dcase_classic.errors import ConfigError
    from dcase_classic.io.feature_store import default_cache

    try:
        return default_cache()
    except ConfigError as error:
        say(f"features are not kept: {error}")
        return None


def form_options(command: Command) -> Command:
    """``--json``, ``--jsonl`` and ``--csv`` as one parameter ``form``, None for text."""
    options = [
        click.option(f"--{form}", f"as_{form}", is_flag=True, help=text)
        for form, text in _FORMS.items()
    ]
    return gathered("form", options, _form)(command)


def _form(values: dict[str, Any]) -> str | None:
    chosen = [form for form in _FORMS if values.pop(f"as_{form}")]
    if len(chosen) > 1:
        raise click.UsageError(f"--{chosen[0]} and --{chosen[1]} exclude each other")
    return chosen[0] if chosen else None


def say_signature(models: Path) -> None:
    """Say that a folder whose models have changed has to be signed again."""
    from dcase_classic.io.manifest import is_signed

    if is_signed(models):
        say(f"{models} was signed and has changed: sign it again")


def command_line(context: click.Context) -> str:
    """The command as it was called."""
    arguments = context.find_root().obj or ()
    return shlex.join(["dcase-classic", *map(str, arguments)])
