"""Networks to one ONNX file: their mean logit through a sigmoid. Runs wherever ONNX Runtime does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mumian.scenarios.eldercare.understand.falls.traces import LENGTH

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from mumian.scenarios.eldercare.understand.falls.network import Network

_OPSET = 17


def to_onnx(networks: Sequence[Network]) -> bytes:
    """Input `traces` float32 (n, LENGTH), output `score` float32 (n, 1)."""
    import onnx
    from onnx import helper

    weights, nodes, logits = [], [], []
    for number, network in enumerate(networks):
        signal = "traces"
        for layer, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
            w, b, here = (f"{kind}{number}_{layer}" for kind in ("weight", "bias", "dense"))
            weights += [onnx.numpy_helper.from_array(weight, w), onnx.numpy_helper.from_array(bias, b)]
            nodes.append(helper.make_node("Gemm", [signal, w, b], [here]))
            signal = here
            if layer < len(network.weights) - 1:
                signal = here + "_open"
                nodes.append(helper.make_node("Relu", [here], [signal]))
        logits.append(signal)
    nodes += [helper.make_node("Mean", logits, ["logit"]), helper.make_node("Sigmoid", ["logit"], ["score"])]
    return bytes(_model(nodes, weights, ("traces", LENGTH), ("score", 1)).SerializeToString())


def _model(nodes: list[Any], weights: list[Any], source: tuple[str, int], sink: tuple[str, int]) -> Any:
    import onnx
    from onnx import TensorProto, helper

    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", size]) for name, size in (source, sink)
    ]
    graph = helper.make_graph(nodes, "falls", ends[:1], ends[1:], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=9)
    onnx.checker.check_model(model)
    return model
