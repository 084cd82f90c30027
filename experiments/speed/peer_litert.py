"""LiteRT with its XNNPACK delegate: dense inference, in float and in int8. The model file is written here."""

from importlib.metadata import version

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from workload import Case, layers, random_batch, random_weights

NAME = f"LiteRT {version('ai-edge-litert')}"
NOTES = []
FLOAT, INT8, INT32 = schema.TensorType.FLOAT32, schema.TensorType.INT8, schema.TensorType.INT32


class ModelWriter:
    """Collects the tensors and layers of one model."""

    def __init__(self):
        self.buffers, self.tensors, self.operators = [schema.BufferT()], [], []

    def tensor(self, shape, kind, data=None, scale=None):
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type, tensor.buffer = f"t{len(self.tensors)}", list(shape), kind, 0
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
            tensor.buffer = len(self.buffers)
            self.buffers.append(buffer)
        if scale is not None:
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale, tensor.quantization.zeroPoint = [float(scale)], [0]
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def fully_connected(self, inputs, output, has_relu):
        operator, options = schema.OperatorT(), schema.FullyConnectedOptionsT()
        kinds = schema.ActivationFunctionType
        options.fusedActivationFunction = kinds.RELU if has_relu else kinds.NONE
        operator.opcodeIndex, operator.inputs, operator.outputs = 0, inputs, [output]
        operator.builtinOptionsType = schema.BuiltinOptions.FullyConnectedOptions
        operator.builtinOptions = options
        self.operators.append(operator)

    def to_bytes(self, first, last):
        code, graph, model = schema.OperatorCodeT(), schema.SubGraphT(), schema.ModelT()
        code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.FULLY_CONNECTED
        code.version = 4
        graph.tensors, graph.operators, graph.inputs, graph.outputs = self.tensors, self.operators, [first], [last]
        model.version, model.operatorCodes, model.subgraphs, model.buffers = 3, [code], [graph], self.buffers
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def float_model(work, batch):
    writer = ModelWriter()
    first = last = writer.tensor((batch, work.sizes[0]), FLOAT)
    for index, (outputs, inputs) in enumerate(layers(work)):
        weights = writer.tensor((outputs, inputs), FLOAT, random_weights(outputs, inputs))
        bias = writer.tensor((outputs,), FLOAT, np.zeros(outputs, np.float32))
        output = writer.tensor((batch, outputs), FLOAT)
        writer.fully_connected([last, weights, bias], output, index + 2 < len(work.sizes))
        last = output
    return writer.to_bytes(first, last)


def int8_model(work, batch, sample):
    """Weights and activations in 8 bits, scales from the magnitudes that `sample` gives; biases of 32 bits."""
    writer = ModelWriter()
    scale = np.abs(sample).max() / 127
    first = last = writer.tensor((batch, work.sizes[0]), INT8, scale=scale)
    for index, (outputs, inputs) in enumerate(layers(work)):
        values, has_relu = random_weights(outputs, inputs), index + 2 < len(work.sizes)
        weight_scale = np.abs(values).max() / 127
        codes = np.round(values / weight_scale).astype(np.int8)
        weights = writer.tensor((outputs, inputs), INT8, codes, weight_scale)
        bias = writer.tensor((outputs,), INT32, np.zeros(outputs, np.int32), scale * weight_scale)
        sample = sample @ values.T
        sample = np.maximum(sample, 0) if has_relu else sample
        scale = np.abs(sample).max() / 127
        output = writer.tensor((batch, outputs), INT8, scale=scale)
        writer.fully_connected([last, weights, bias], output, has_relu)
        last = output
    return writer.to_bytes(first, last)


def inference(model, threads, inputs):
    """Sets the inputs, computes, reads the scores; None where XNNPACK does not take the whole network."""
    interpreter = Interpreter(model_content=model, num_threads=threads)
    interpreter.allocate_tensors()
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    if not any("DELEGATE" in op["op_name"].upper() for op in interpreter._get_ops_details()):
        return None
    if source["dtype"] == np.int8:
        inputs = np.round(inputs / source["quantization"][0]).astype(np.int8)

    def scores():
        interpreter.set_tensor(source["index"], inputs)
        interpreter.invoke()
        return interpreter.get_tensor(target["index"])

    return scores


def cases(work):
    if work.what != "infer":
        return []
    found = []
    for batch in work.batches:
        inputs, _ = random_batch(work, batch)
        models = {"litert dense": float_model(work, batch), "litert int8": int8_model(work, batch, inputs)}
        for path, model in models.items():
            scores = inference(model, work.threads, inputs)
            if scores is None:
                NOTES.append(f"{path}, batch {batch}: the XNNPACK delegate did not take the network")
            else:
                found.append(Case(path, batch, scores))
    return found
