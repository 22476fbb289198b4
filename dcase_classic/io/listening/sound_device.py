"""Devices through sounddevice, which is installed with ``dcase_classic[live]``."""

import queue
from dataclasses import dataclass
from typing import Any

from dcase_classic.errors import ConfigError
from dcase_classic.records import Rows
from dcase_classic.wording import whole_number

_BLOCK_S = 0.25
_WAITING = 240  # blocks, a minute: what is not read by then is missing


@dataclass(frozen=True, slots=True, kw_only=True)
class InputDevice:
    """A device that records; ``device`` is the number that it is chosen by."""

    device: int
    name: str
    n_channels: int
    sample_rate_hz: float


def input_devices() -> list[InputDevice]:
    """The devices that record.

    Raises
    ------
    ConfigError
        If sounddevice is not installed.
    """
    return [
        InputDevice(
            device=number,
            name=device["name"],
            n_channels=device["max_input_channels"],
            sample_rate_hz=device["default_samplerate"],
        )
        for number, device in enumerate(_sounddevice().query_devices())
        if device["max_input_channels"] > 0
    ]


class SoundDevice:
    """An opened device.

    Parameters
    ----------
    name : its number, or a part of its name.
    sample_rate_hz : the rate that is asked for, None for its own.
    n_channels : the first of them are recorded.

    Raises
    ------
    OSError
        If there is no such device, or it cannot record so.
    ConfigError
        If sounddevice is not installed.
    """

    def __init__(self, name: str, *, sample_rate_hz: int | None, n_channels: int) -> None:
        library = _sounddevice()
        self._blocks: queue.Queue[tuple[Rows, bool]] = queue.Queue(_WAITING)
        self._is_missing = False
        number = whole_number(name)
        device = name if number is None else number
        try:
            rate_hz = sample_rate_hz or int(library.query_devices(device)["default_samplerate"])
            self._stream = library.InputStream(
                samplerate=rate_hz,
                blocksize=round(_BLOCK_S * rate_hz),
                device=device,
                channels=n_channels,
                dtype="float32",
                callback=self._take,
            )
            self._stream.start()
        except (library.PortAudioError, ValueError) as error:
            raise OSError(str(error)) from error
        self.sample_rate_hz = rate_hz

    def read(self, timeout_s: float) -> tuple[Rows, bool] | None:
        """The next samples (n_samples, n_channels) and whether some before them are missing.

        None if there are none for so long.

        Raises
        ------
        OSError
            If the device is gone.
        """
        try:
            return self._blocks.get(timeout=timeout_s)
        except queue.Empty:
            if not self._stream.active:
                raise OSError("the device is gone") from None
            return None

    def close(self) -> None:
        """Close it."""
        self._stream.close(ignore_errors=True)

    def _take(self, samples: Rows, _n: int, _time: Any, status: Any) -> None:
        """Called by the library with every block, in a thread of its own."""
        is_missing = self._is_missing or bool(status.input_overflow)
        try:
            self._blocks.put_nowait((samples.copy(), is_missing))
            self._is_missing = False
        except queue.Full:
            self._is_missing = True


def _sounddevice() -> Any:
    try:
        import sounddevice
    except (ImportError, OSError) as error:  # OSError: without PortAudio itself
        raise ConfigError(
            f"devices need sounddevice and PortAudio ({error})",
            advice="pip install 'dcase_classic[live]', and on Debian apt install libportaudio2",
        ) from error
    return sounddevice
