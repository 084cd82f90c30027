"""ONNX Runtime: dense inference."""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from workload import Case, layers, random_batch, random_weights

NAME = f"onnxruntime {onnxruntime.__version__}"
NOTES = []


def model(work, batch):
    """Gemm and Relu by turns, as bytes."""
    nodes, stored, last = [], [], "x"
    for index, (outputs, inputs) in enumerate(layers(work)):
        stored.append(numpy_helper.from_array(random_weights(outputs, inputs), f"w{index}"))
        stored.append(numpy_helper.from_array(np.zeros(outputs, np.float32), f"b{index}"))
        nodes.append(helper.make_node("Gemm", [last, f"w{index}", f"b{index}"], [f"y{index}"], transB=1))
        last = f"y{index}"
        if index + 2 < len(work.sizes):
            nodes.append(helper.make_node("Relu", [last], [f"z{index}"]))
            last = f"z{index}"
    value = lambda name, width: helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, width])
    graph = helper.make_graph(nodes, work.net, [value("x", work.sizes[0])], [value(last, work.sizes[-1])], stored)
    opset = helper.make_opsetid("", 17)
    return helper.make_model(graph, opset_imports=[opset], ir_version=9).SerializeToString()


def cases(work):
    if work.what != "infer":
        return []
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = work.threads
    options.inter_op_num_threads = 1
    found = []
    for batch in work.batches:
        session = onnxruntime.InferenceSession(model(work, batch), options, ["CPUExecutionProvider"])
        feed = {"x": random_batch(work, batch)[0]}
        found.append(Case("onnxruntime dense", batch, lambda s=session, f=feed: s.run(None, f)))
    return found
