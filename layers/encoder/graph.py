"""The network as an ONNX graph, written from its weights.

BERT (Devlin et al. 2018, https://arxiv.org/abs/1810.04805): 6 layers, 12 heads, 384 wide, GELU by erf, LayerNorm with
epsilon 1e-12; then the mean over the words that are there, made 1 long (Reimers, Gurevych 2019). Two things are put
together that change no result: query, key and value of a layer are one product, and the attention's scale
1/sqrt(32) is in the query's weights.
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
_FAR_BELOW = -1e9  # added to the scores of padding, whose softmax becomes 0
_HEAD = HIDDEN // HEADS

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
    """Return the model: int64 `input_ids`, `attention_mask` (batch, length) -> float32 `embedding` (batch, 384)."""
    graph = _Graph()
    mask = graph.op("Cast", "attention_mask", to=TensorProto.FLOAT)
    padding = graph.op("Sub", graph.const("one_f", np.float32(1)), graph.op("Unsqueeze", mask, _axes(graph, 1, 2)))
    penalty = graph.op("Mul", padding, graph.const("far_below", np.float32(_FAR_BELOW)))
    states = _embeddings(graph, weights)
    for layer in range(LAYERS):
        states = _layer(graph, weights, f"encoder.layer.{layer}", states, penalty)
    _pooling(graph, states, mask)
    return _model(graph)


def _embeddings(graph: _Graph, weights: Weights) -> str:
    words = graph.op("Gather", graph.const("words", weights["embeddings.word_embeddings.weight"]), "input_ids")
    # A text is always of token type 0: its vector is in the places.
    places = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    length = graph.op("Gather", graph.op("Shape", "input_ids"), graph.const("one", np.array(1)))
    end = graph.op("Unsqueeze", length, _axes(graph, 0))
    used = graph.op("Slice", graph.const("places", places), graph.const("zero", np.array([0])), end, _axes(graph, 0))
    return _norm(graph, weights, "embeddings.LayerNorm", graph.op("Add", words, used))


def _layer(graph: _Graph, weights: Weights, name: str, states: str, penalty: str) -> str:
    mixed = _attention(graph, weights, f"{name}.attention.self", states, penalty)
    told = _linear(graph, weights, f"{name}.attention.output.dense", mixed)
    states = _norm(graph, weights, f"{name}.attention.output.LayerNorm", graph.op("Add", told, states))
    wide = graph.op("Gelu", _linear(graph, weights, f"{name}.intermediate.dense", states))
    narrow = _linear(graph, weights, f"{name}.output.dense", wide)
    return _norm(graph, weights, f"{name}.output.LayerNorm", graph.op("Add", narrow, states))


def _attention(graph: _Graph, weights: Weights, name: str, states: str, penalty: str) -> str:
    scale = np.float32(_HEAD**-0.5)
    matrix = [weights[f"{name}.{part}.weight"] for part in ("query", "key", "value")]
    bias = [weights[f"{name}.{part}.bias"] for part in ("query", "key", "value")]
    joined = graph.const(f"{name}.weight", np.vstack([matrix[0] * scale, *matrix[1:]]).T)
    product = graph.op("MatMul", states, joined)
    added = graph.op("Add", product, graph.const(f"{name}.bias", np.concatenate([bias[0] * scale, *bias[1:]])))
    heads = graph.op("Reshape", added, graph.const("to_heads", np.array([0, 0, 3 * HEADS, _HEAD])))
    query, key, value = graph.split(graph.op("Transpose", heads, perm=[0, 2, 1, 3]), 3, axis=1)
    scores = graph.op("Add", graph.op("MatMul", query, graph.op("Transpose", key, perm=[0, 1, 3, 2])), penalty)
    mixed = graph.op("MatMul", graph.op("Softmax", scores, axis=-1), value)
    together = graph.op("Transpose", mixed, perm=[0, 2, 1, 3])
    return graph.op("Reshape", together, graph.const("from_heads", np.array([0, 0, HIDDEN])))


def _pooling(graph: _Graph, states: str, mask: str) -> None:
    there = graph.op("Unsqueeze", mask, _axes(graph, 2))
    total = graph.op("ReduceSum", graph.op("Mul", states, there), _axes(graph, 1), keepdims=0)
    count = graph.op("ReduceSum", there, _axes(graph, 1), keepdims=0)
    mean = graph.op("Div", total, graph.op("Clip", count, graph.const("tiny", np.float32(1e-9))))
    graph.nodes.append(helper.make_node("LpNormalization", [mean], ["embedding"], axis=1, p=2))


def _linear(graph: _Graph, weights: Weights, name: str, value: str) -> str:
    product = graph.op("MatMul", value, graph.const(f"{name}.weight", weights[f"{name}.weight"].T))
    return graph.op("Add", product, graph.const(f"{name}.bias", weights[f"{name}.bias"]))


def _norm(graph: _Graph, weights: Weights, name: str, value: str) -> str:
    factor, shift = (graph.const(f"{name}.{part}", weights[f"{name}.{part}"]) for part in ("weight", "bias"))
    return graph.op("LayerNormalization", value, factor, shift, axis=-1, epsilon=_EPSILON)


def _axes(graph: _Graph, *axes: int) -> str:
    return graph.const(f"axes_{'_'.join(map(str, axes))}", np.array(axes))


def _model(graph: _Graph) -> onnx.ModelProto:
    ids = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
        for name in ("input_ids", "attention_mask")
    ]
    out = [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", HIDDEN])]
    made = helper.make_graph(graph.nodes, "all-MiniLM-L6-v2", ids, out, list(graph.constants.values()))
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION)
    onnx.checker.check_model(model, full_check=True)
    return model
