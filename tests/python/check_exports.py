"""Checks an export with the library that it is for: `check_exports.py bsr|onnx FILE VECTORS`.

VECTORS is a JSON object with rows of un-normalised `features` and the `logits` that the float model gives for them.
Exit status: 0 where all agree, 1 where they do not, 77 where a package is missing.
"""

import json
import sys
import warnings

LARGEST_DIFFERENCE = 1e-4
PACKAGES_MISSING = 77

try:
    import numpy as np
except ImportError as error:
    print(f"the check needs Python packages that are not there ({error})")
    sys.exit(PACKAGES_MISSING)


def run_bsr(path, features):
    """Logits from the tensors, by products with torch's block-sparse matrices."""
    import safetensors
    import torch

    with safetensors.safe_open(path, framework="pt") as file:
        about = json.loads(file.metadata()["coarsegrain"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    # torch says once a process that these tensors are new to it.
    warnings.filterwarnings("ignore", message="Sparse BSR")
    assert about["format"] == "coarsegrain-bsr" and about["version"] == 1, about
    values = (torch.from_numpy(features) - tensors["normaliser.mean"]) * tensors["normaliser.inv_std"]
    for index, layer in enumerate(about["layers"]):
        part = {
            key: tensors[f"layers.{index}.{key}"]
            for key in ("crow_indices", "col_indices", "values", "bias")
        }
        weight = torch.sparse_bsr_tensor(
            part["crow_indices"],
            part["col_indices"],
            part["values"],
            size=layer["padded_shape"],
            check_invariants=True,
        )
        outputs, inputs = layer["shape"]
        dense = weight.to_dense()
        assert dense[outputs:].abs().sum() == 0 and dense[:, inputs:].abs().sum() == 0, layer
        padded = torch.zeros(layer["padded_shape"][1], len(values))
        padded[:inputs] = values.T
        values = (weight @ padded)[:outputs].T + part["bias"]
        if index + 1 < len(about["layers"]):
            values = torch.relu(values)
    assert len(about["labels"]) == values.shape[1], about["labels"]
    return values.numpy()


def run_onnx(path, features):
    """Logits from onnxruntime, after the file was checked against the format's rules."""
    import onnx
    import onnxruntime

    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    about = {entry.key: entry.value for entry in model.metadata_props}
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    assert [value.name for value in session.get_inputs()] == ["features"]
    logits, scores = session.run(["logits", "scores"], {"features": features})
    assert len(json.loads(about["labels"])) == logits.shape[1], about["labels"]
    assert "num_frames" in about["features"] and json.loads(about["sparsity"])[0]["density"] > 0
    wanted = np.exp(logits - logits.max(axis=1, keepdims=True))
    wanted /= wanted.sum(axis=1, keepdims=True)
    assert np.abs(wanted - scores).max() < 1e-5, "the scores are not the softmax of the logits"
    one = session.run(["logits"], {"features": features[:1]})[0]
    assert np.abs(one - logits[:1]).max() < LARGEST_DIFFERENCE, "one row alone scores otherwise"
    return logits


def main():
    kind, path, vectors = sys.argv[1:]
    with open(vectors, encoding="utf-8") as file:
        vectors = json.load(file)
    features = np.array(vectors["features"], dtype=np.float32)
    wanted = np.array(vectors["logits"], dtype=np.float32)
    try:
        logits = {"bsr": run_bsr, "onnx": run_onnx}[kind](path, features)
    except ImportError as error:
        print(f"the check needs Python packages that are not there ({error})")
        return PACKAGES_MISSING
    difference = float(np.abs(logits - wanted).max())
    print(f"{kind}: logits of {len(wanted)} rows up to {np.abs(wanted).max():.2f} differ by {difference:.1e} at most")
    return 0 if difference <= LARGEST_DIFFERENCE else 1


if __name__ == "__main__":
    sys.exit(main())
