"""SciPy: kept blocks as a BSR matrix, on activations of shape (features, batch); the block gradient by NumPy."""

import numpy as np
import scipy
from scipy.sparse import bsr_matrix

from peer_numpy import Network
from workload import Case, layers, padded, patterns, random_batch, random_weights

NAME = f"SciPy {scipy.__version__}"
NOTES = []


class Bsr:
    def __init__(self, outputs, inputs, block, columns):
        rows, kept = columns.shape
        blocks = random_weights(rows * kept * block, block).reshape(-1, block, block)
        starts = np.arange(0, rows * kept + 1, kept)
        shape = (rows * block, padded(inputs, block))
        self.weights = bsr_matrix((blocks, columns.reshape(-1), starts), shape=shape)
        self.bias = np.zeros((rows * block, 1), np.float32)
        self.block_rows, self.columns, self.block = np.repeat(np.arange(rows), kept), columns.reshape(-1), block

    def parameters(self):
        return [self.weights.data, self.bias]

    def forward(self, x):
        out = self.weights @ x
        out += self.bias
        return out

    def input_gradient(self, grads):
        return self.weights.T @ grads

    def gradients(self, x, grads):
        """Gradients of the kept blocks alone."""
        x, grads_by_row = (v.reshape(-1, self.block, v.shape[1]) for v in (x, grads))
        blocks = grads_by_row[self.block_rows] @ x[self.columns].transpose(0, 2, 1)
        return [blocks, grads.sum(axis=1, keepdims=True)]


class BsrNetwork(Network):
    """Padded to whole blocks; outputs beyond the real ones take part in the softmax, which costs nothing to speak of."""

    def __init__(self, work, drawn):
        super().__init__([Bsr(o, i, work.block, c) for (o, i), c in zip(layers(work), drawn)], samples=1)


def cases(work):
    if work.threads != 1:
        NOTES.append("SciPy's sparse products run on one thread whatever is asked: left out")
        return []
    if work.what == "kernels":
        return []
    found = []
    for batch in work.batches:
        x, labels = random_batch(work, batch)
        x = np.pad(x, ((0, 0), (0, padded(x.shape[1], work.block) - x.shape[1]))).T.copy()
        for drop in work.drops:
            drawn, density = patterns(work, drop)
            network = BsrNetwork(work, drawn)
            if work.what == "train":
                step = lambda n=network, x=x, y=labels: n.training_step(x, y)
            else:
                step = lambda n=network, x=x: n.forward(x)
            found.append(Case("scipy bsr", batch, step, drop, density))
    return found
