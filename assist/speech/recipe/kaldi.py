"""am/final.mdl: transitions and network in Kaldi's binary form (`TransitionModel`, then `AmNnetSimple`)."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from assist.speech.recipe import features, phones
from assist.speech.recipe.network import CONTEXT, Layer


def acoustic_model(layers: list[Layer]) -> bytes:
    """The file's content. The scores of the last layer are used as they are: no priors."""
    return b"\0B" + _transitions() + _network(layers)


def _token(text: str) -> bytes:
    return text.encode() + b" "


def _int(*values: int) -> bytes:
    return b"".join(struct.pack("<bi", 4, value) for value in values)


def _float(value: float) -> bytes:
    return struct.pack("<bf", 4, value)


def _double(value: float) -> bytes:
    return struct.pack("<bd", 8, value)


def _ints(values: list[int]) -> bytes:
    return struct.pack("<bi", 4, len(values)) + np.asarray(values, "<i4").tobytes()


def _vector(values: NDArray[np.float64] | list[float]) -> bytes:
    return _token("FV") + _int(len(values)) + np.asarray(values, "<f4").tobytes()


def _matrix(values: NDArray[np.float64]) -> bytes:
    return _token("FM") + _int(*values.shape) + np.ascontiguousarray(values, "<f4").tobytes()


def _transitions() -> bytes:
    """A phone has one state that goes on to itself or out; its entry is scored as onset, its loop as body."""
    count = len(phones.NAMES)
    topology = [
        _ints(list(range(1, count + 1))),
        _ints([-1, *[0] * count]),  # all phones share entry 0
        _int(-1),  # loops may be scored apart
        _int(1, 2),  # one entry, two states
        _int(0, 1, 2),  # entry scored as 0, loop as 1, two ways on:
        _int(0) + _float(0.5) + _int(1) + _float(0.5),
        _int(-1, -1, 0),  # the end
    ]
    scored = [(phones.ONSET[sound], phones.BODY[sound]) for sound in map(phones.sound_of, phones.NAMES)]
    tuples = [_int(phone, 0, onset, body) for phone, (onset, body) in enumerate(scored, 1)]
    likelihoods = _vector([0.0, *[float(np.log(0.5))] * (2 * count)])
    parts = [_token("<TransitionModel>"), _token("<Topology>"), *topology, _token("</Topology>")]
    parts += [_token("<Tuples>"), _int(count), *tuples, _token("</Tuples>")]
    parts += [_token("<LogProbs>"), likelihoods, _token("</LogProbs>"), _token("</TransitionModel>")]
    return b"".join(parts)


def _network(layers: list[Layer]) -> bytes:
    lines = [f"input-node name=input dim={features.SIZE}"]
    components: list[bytes] = []
    source = "input"
    for number, layer in enumerate(layers, 1):
        spliced = ", ".join(f"Offset({source}, {offset})" if offset else source for offset in layer.offsets)
        name = f"layer{number}"
        taken = f"Append({spliced})" if len(layer.offsets) > 1 else spliced
        lines.append(f"component-node name={name} component={name} input={taken}")
        components.append(_component(name, _affine(layer)))
        source = name
        if layer.rectified:
            lines.append(f"component-node name={name}.relu component={name}.relu input={name}")
            components.append(_component(f"{name}.relu", _rectifier(len(layer.bias))))
            source = f"{name}.relu"
    lines.append(f"output-node name=output input={source} objective=linear")
    parts = [_token("<Nnet3>"), "\n".join(["", *lines, "", ""]).encode()]
    parts += [_token("<NumComponents>"), _int(len(components)), *components, _token("</Nnet3>")]
    parts += [_token("<LeftContext>"), _int(CONTEXT), _token("<RightContext>"), _int(CONTEXT)]
    parts += [_token("<Priors>"), _vector([])]
    return b"".join(parts)


def _component(name: str, body: bytes) -> bytes:
    return _token("<ComponentName>") + _token(name) + body


def _affine(layer: Layer) -> bytes:
    kind = "FixedAffineComponent"
    weights = _token("<LinearParams>") + _matrix(layer.weight) + _token("<BiasParams>") + _vector(layer.bias)
    return _token(f"<{kind}>") + weights + _token(f"</{kind}>")


def _rectifier(size: int) -> bytes:
    """The statistics that Kaldi keeps for training are empty."""
    kind = "RectifiedLinearComponent"
    parts = [_token("<Dim>"), _int(size), _token("<ValueAvg>"), _vector([]), _token("<DerivAvg>"), _vector([])]
    parts += [_token("<Count>"), _double(0), _token("<OderivRms>"), _vector([]), _token("<OderivCount>"), _double(0)]
    parts += [_token("<NumDimsSelfRepaired>"), _double(0), _token("<NumDimsProcessed>"), _double(0)]
    parts += [_token("<SelfRepairScale>"), _float(0)]
    return _token(f"<{kind}>") + b"".join(parts) + _token(f"</{kind}>")
