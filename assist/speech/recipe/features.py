"""Kaldi's MFCC, as vosk computes them from conf/mfcc.conf."""

from __future__ import annotations

import kaldi_native_fbank as knf
import numpy as np
from numpy.typing import NDArray

SIZE = 40
LOWEST_HZ, HIGHEST_BELOW_NYQUIST_HZ = 40, -200
RATE = 8000
STEP = 3  # frames of 10 ms to one score of the network

CONF = f"""\
--sample-frequency={RATE}
--use-energy=false
--num-mel-bins={SIZE}
--num-ceps={SIZE}
--low-freq={LOWEST_HZ}
--high-freq={HIGHEST_BELOW_NYQUIST_HZ}
--dither=0
"""


def _options() -> knf.MfccOptions:
    options = knf.MfccOptions()
    options.frame_opts.samp_freq = RATE
    options.frame_opts.dither = 0
    options.mel_opts.num_bins = SIZE
    options.mel_opts.low_freq = LOWEST_HZ
    options.mel_opts.high_freq = HIGHEST_BELOW_NYQUIST_HZ
    options.num_ceps = SIZE
    options.use_energy = False
    return options


def mfcc(sound: NDArray[np.floating]) -> NDArray[np.float32]:
    """Samples of 16-bit scale at 8 kHz -> (frames, 40), one every 10 ms."""
    computer = knf.OnlineMfcc(_options())
    computer.accept_waveform(RATE, sound.astype(np.float32))
    computer.input_finished()
    return np.stack([computer.get_frame(index) for index in range(computer.num_frames_ready)]).astype(np.float32)


def scores_for(frames: int) -> int:
    return (frames + STEP - 1) // STEP
