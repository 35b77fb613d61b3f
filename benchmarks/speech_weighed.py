"""The demo speech model made as heavy as a published one: the same words, more arithmetic.

Layers that change nothing are put before the last one: the sounds' values are spread over a wider layer, carried
through square identity matrices and gathered again. Kaldi does all of the products, as it would with learnt weights.
"""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assist.speech import models
from core.errors import Problem

NARROW, WIDE = 256, 1024  # values a layer of the demo model gives, and of those put in
LAST = b"component-node name=final.affine component=final.affine input=tdnn7.relu"
COUNT = b"<NumComponents> \x04"
END = b"</Nnet3> "


def weighed(folder: Path, layers: int) -> Path:
    """Write the demo model with `layers` square identity layers of 1024 values to `folder`; gives the folder.

    Raises `Problem` where the demo model's network is not the one this was written for.
    """
    if not folder.exists():
        shutil.copytree(models.DEMO_MODEL, folder)
    network = (models.DEMO_MODEL / "am" / "final.mdl").read_bytes()
    (folder / "am" / "final.mdl").write_bytes(heavier(network, layers))
    return folder


def heavier(network: bytes, layers: int) -> bytes:
    """The content of a `final.mdl` with that many more layers (none for 0)."""
    if layers == 0:
        return network
    if any(network.count(part) != 1 for part in (LAST, COUNT, END)):
        raise Problem("has other layers than expected", place=str(models.DEMO_MODEL / "am" / "final.mdl"))
    spread = np.eye(WIDE, NARROW, dtype=np.float32)
    matrices = [spread, *[np.eye(WIDE, dtype=np.float32)] * layers, spread.T]
    nodes, components, source = [], [], "tdnn7.relu"
    for number, matrix in enumerate(matrices, 1):
        name = f"weight{number}"
        nodes.append(f"component-node name={name} component={name} input={source}")
        components.append(f"<ComponentName> {name} ".encode() + _affine(matrix))
        source = name
    last = LAST.replace(b"tdnn7.relu", source.encode())
    network = network.replace(LAST, "\n".join(nodes).encode() + b"\n" + last)
    at = network.index(COUNT) + len(COUNT)
    (count,) = struct.unpack("<i", network[at : at + 4])
    network = network[:at] + struct.pack("<i", count + len(matrices)) + network[at + 4 :]
    return network.replace(END, b"".join(components) + END)


def _affine(matrix: NDArray[np.float32]) -> bytes:
    """Kaldi's FixedAffineComponent, with no bias."""
    rows, columns = matrix.shape
    weights = b"FM " + struct.pack("<bibi", 4, rows, 4, columns) + np.ascontiguousarray(matrix).tobytes()
    bias = b"FV " + struct.pack("<bi", 4, rows) + bytes(4 * rows)
    return b"<FixedAffineComponent> <LinearParams> " + weights + b"<BiasParams> " + bias + b"</FixedAffineComponent> "
