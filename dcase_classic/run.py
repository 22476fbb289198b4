"""How a verb is run: processes, where they are, the cache, and what a bad recording does."""

import os
from dataclasses import dataclass
from enum import StrEnum
from os import PathLike
from pathlib import Path

from dcase_classic.errors import ConfigError
from dcase_classic.given_files import given_path

VERIFY_KEY_VARIABLE = "DCASE_CLASSIC_VERIFY_KEY"


class OnError(StrEnum):
    """What happens at a recording that cannot be used."""

    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything that changes how the work is done and not what comes out of it.

    Parameters
    ----------
    n_jobs : number of processes; None lets the amount of work decide.
    on_error : ``"fail"`` stops at a recording that cannot be used, ``"skip"`` leaves it out; None
        is what the verb does by itself: ``fit`` stops, all others go on.
    cache : the folder where feature rows are kept for the next time; None for not at all.
    scheduler : the address of a Dask cluster that does the work; None for this computer.
    verify_key : the file of the public key that must have signed the models; None is that of
        ``$DCASE_CLASSIC_VERIFY_KEY``, and admits unsigned ones where there is none.
    allow_parts : names of parts of other packages that models may load.

    Raises
    ------
    ConfigError
        If a value is out of range.
    """

    n_jobs: int | None = None
    on_error: str | None = None
    cache: str | PathLike[str] | None = None
    scheduler: str | None = None
    verify_key: str | PathLike[str] | None = None
    allow_parts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the values."""
        n_jobs = 1 if self.n_jobs is None else self.n_jobs
        if not hasattr(n_jobs, "__index__") or n_jobs < 1:
            raise ConfigError(f"n_jobs: got {self.n_jobs!r}, expected 1 or more, or None")
        if self.on_error not in {None, *OnError}:
            raise ConfigError(f"on_error: got {self.on_error!r}, expected fail, skip or None")

    @property
    def cache_folder(self) -> Path | None:
        """Where feature rows are kept, as workers that may be elsewhere find it."""
        return None if self.cache is None else given_path(self.cache, error=ConfigError).absolute()

    @property
    def verify_key_file(self) -> Path | None:
        """Whose signature models need, as workers that may be elsewhere find it.

        Raises
        ------
        ConfigError
            If it is empty, as that of a variable that is not set: that is no wish for unsigned
            models.
        """
        where, key = "verify_key", self.verify_key
        if key is None:
            where, key = f"${VERIFY_KEY_VARIABLE}", os.environ.get(VERIFY_KEY_VARIABLE)
        if key is None:
            return None
        if not os.fspath(key):
            advice = "name the file of the public key, or leave it out: then unsigned are admitted"
            raise ConfigError(f"{where}: got an empty path", advice=advice)
        return Path(key).absolute()

    def stops(self, *, by_default: bool) -> bool:
        """Whether a recording that cannot be used stops the verb."""
        return by_default if self.on_error is None else self.on_error == OnError.FAIL
