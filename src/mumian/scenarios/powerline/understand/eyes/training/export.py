"""Weights to an ONNX file, by reading the network's description: no exporter, no dependence on the training library.

Input `pixels` uint8 (n, h, w, 3), h and w multiples of 32. Outputs for defect (cells of 8 px) and insulator (16 px):
`…_heat` float32 (n, 1, h', w') from 0 to 1, `…_sides` float32 (n, 4, h', w') in pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from mumian.scenarios.powerline.understand.eyes.training.network import (
    DEFECT_STRIDE,
    INSULATOR_STRIDE,
    Conv,
    Reader,
    describe,
)
from mumian.scenarios.powerline.understand.eyes.training.weights import Kernel

_OPSET = 17


class _Writer(Reader[str]):
    """Signals are names; each call adds a node."""

    def __init__(self, kernels: Mapping[str, Kernel]) -> None:
        self.kernels = kernels
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def node(self, kind: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        output = output or f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, name: str, value: Any) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def conv(self, signal: str, conv: Conv) -> str:
        kernel, pad = self.kernels[conv.name], conv.kernel // 2
        names = [self.constant(f"{conv.name}.{part}", value) for part, value in kernel._asdict().items()]
        out = self.node(
            "Conv",
            [signal, *names],
            conv.name,
            kernel_shape=[conv.kernel] * 2,
            strides=[conv.stride] * 2,
            pads=[pad] * 4,
            group=conv.groups,
        )
        return self.node("Clip", [out, "zero", "six"]) if conv.clip else out

    def add(self, one: str, other: str) -> str:
        return self.node("Add", [one, other])

    def double(self, signal: str) -> str:
        return self.node(
            "Resize",
            [signal, "", "twice"],
            mode="nearest",
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        )


def to_onnx(kernels: Mapping[str, Kernel]) -> bytes:
    """The file's bytes."""
    writer = _Writer(kernels)
    for name, value in (("zero", 0.0), ("six", 6.0), ("scale", 1 / 127.5), ("shift", -1.0)):
        writer.constant(name, np.float32(value))
    writer.constant("twice", np.array([1, 1, 2, 2], np.float32))
    turned = writer.node("Transpose", ["pixels"], perm=[0, 3, 1, 2])
    grey = writer.node("Mul", [writer.node("Cast", [turned], to=TensorProto.FLOAT), "scale"])
    maps = describe(writer, writer.node("Add", [grey, "shift"]))
    outputs = [
        *_answers(writer, "defect", maps.defect_heat, maps.defect_sides, DEFECT_STRIDE),
        *_answers(writer, "insulator", maps.insulator_heat, maps.insulator_sides, INSULATOR_STRIDE),
    ]
    pixels = helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", "h", "w", 3])
    graph = helper.make_graph(writer.nodes, "eyes", [pixels], outputs, writer.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _answers(writer: _Writer, name: str, heat: str, sides: str, stride: int) -> list[Any]:
    """Logits become scores, logarithms of cells become pixels."""
    heat = writer.node("Sigmoid", [heat], f"{name}_heat")
    low, high = (writer.constant(f"{name}_{end}", np.float32(at)) for end, at in (("least", -4), ("most", 5)))
    reach = writer.node("Exp", [writer.node("Clip", [sides, low, high])])
    sides = writer.node(
        "Mul", [reach, writer.constant(f"{name}_stride", np.float32(stride))], f"{name}_sides"
    )
    return [
        helper.make_tensor_value_info(out, TensorProto.FLOAT, ["n", parts, f"{name}_h", f"{name}_w"])
        for out, parts in ((heat, 1), (sides, 4))
    ]
