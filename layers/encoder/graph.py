"""The network as an ONNX graph, written from its weights.

BERT (Devlin et al. 2018, https://arxiv.org/abs/1810.04805): 6 layers, 12 heads, 384 wide, GELU by erf, LayerNorm with
epsilon 1e-12; then the mean over the words, made 1 long (Reimers, Gurevych 2019). Query, key and value of a layer are
one product, which changes no result. There is no mask: every text is computed alone, so nothing is padded.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from layers.encoder.pins import HEADS, HIDDEN, LAYERS

_EPSILON = 1e-12
_OPSET = 20  # the first with Gelu
_IR_VERSION = 10  # what the pinned runtime and a few older ones read
# onnxruntime's own operators: its attention is one node, of which the standard's operators need eleven.
_OF_RUNTIME = "com.microsoft"

Weights = Mapping[str, NDArray[np.float32]]


class _Graph:
    """Nodes and constants in the order in which they were written."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node with one output and return the output's name."""
        output = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], name=output, **attributes))
        return output

    def split(self, value: str, parts: int, *, axis: int) -> list[str]:
        """Add a node that cuts a value into equal parts, and return their names."""
        outputs = [f"split_{len(self.nodes)}_{part}" for part in range(parts)]
        self.nodes.append(helper.make_node("Split", [value], outputs, name=outputs[0], axis=axis, num_outputs=parts))
        return outputs

    def const(self, name: str, value: Any) -> str:
        self.constants.setdefault(name, numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name


def sentence_encoder(weights: Weights) -> onnx.ModelProto:
    """Return the model: int64 `input_ids` (batch, length) -> float32 `embedding` (batch, 384)."""
    graph = _Graph()
    states = _embeddings(graph, weights)
    for layer in range(LAYERS):
        states = _layer(graph, weights, f"encoder.layer.{layer}", states)
    mean = graph.op("ReduceMean", states, _axes(graph, 1), keepdims=0)
    graph.nodes.append(helper.make_node("LpNormalization", [mean], ["embedding"], axis=1, p=2))
    return _model(graph)


def _embeddings(graph: _Graph, weights: Weights) -> str:
    words = graph.op("Gather", graph.const("words", weights["embeddings.word_embeddings.weight"]), "input_ids")
    # A text is always of token type 0: its vector is in the places.
    places = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    length = graph.op("Gather", graph.op("Shape", "input_ids"), graph.const("one", np.array(1)))
    end = graph.op("Unsqueeze", length, _axes(graph, 0))
    used = graph.op("Slice", graph.const("places", places), graph.const("zero", np.array([0])), end, _axes(graph, 0))
    return _norm(graph, weights, "embeddings.LayerNorm", graph.op("Add", words, used))


def _layer(graph: _Graph, weights: Weights, name: str, states: str) -> str:
    mixed = _attention(graph, weights, f"{name}.attention.self", states)
    told = _linear(graph, weights, f"{name}.attention.output.dense", mixed)
    states = _norm(graph, weights, f"{name}.attention.output.LayerNorm", graph.op("Add", told, states))
    wide = graph.op("Gelu", _linear(graph, weights, f"{name}.intermediate.dense", states))
    narrow = _linear(graph, weights, f"{name}.output.dense", wide)
    return _norm(graph, weights, f"{name}.output.LayerNorm", graph.op("Add", narrow, states))


def _attention(graph: _Graph, weights: Weights, name: str, states: str) -> str:
    parts = ("query", "key", "value")
    matrix = graph.const(f"{name}.weight", np.vstack([weights[f"{name}.{part}.weight"] for part in parts]).T)
    shift = graph.const(f"{name}.bias", np.concatenate([weights[f"{name}.{part}.bias"] for part in parts]))
    joined = graph.op("Add", graph.op("MatMul", states, matrix), shift)
    query, key, value = graph.split(joined, len(parts), axis=2)
    return graph.op("MultiHeadAttention", query, key, value, domain=_OF_RUNTIME, num_heads=HEADS)


def _linear(graph: _Graph, weights: Weights, name: str, value: str) -> str:
    product = graph.op("MatMul", value, graph.const(f"{name}.weight", weights[f"{name}.weight"].T))
    return graph.op("Add", product, graph.const(f"{name}.bias", weights[f"{name}.bias"]))


def _norm(graph: _Graph, weights: Weights, name: str, value: str) -> str:
    factor, shift = (graph.const(f"{name}.{part}", weights[f"{name}.{part}"]) for part in ("weight", "bias"))
    return graph.op("LayerNormalization", value, factor, shift, axis=-1, epsilon=_EPSILON)


def _axes(graph: _Graph, *axes: int) -> str:
    return graph.const(f"axes_{'_'.join(map(str, axes))}", np.array(axes))


def _model(graph: _Graph) -> onnx.ModelProto:
    ids = [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "length"])]
    out = [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", HIDDEN])]
    made = helper.make_graph(graph.nodes, "all-MiniLM-L6-v2", ids, out, list(graph.constants.values()))
    operators = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_OF_RUNTIME, 1)]
    model = helper.make_model(made, opset_imports=operators, ir_version=_IR_VERSION)
    onnx.checker.check_model(model, full_check=True)
    return model
