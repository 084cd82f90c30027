"""NumPy, dense, with the backward pass by hand; one layer's gradients are the two other products."""

import numpy as np

from workload import LEARNING_RATE, MOMENTUM, Case, layers, random_batch, random_weights

NAME = f"NumPy {np.__version__}"
NOTES = []


class Dense:
    """Weights (outputs, inputs), activations (batch, features)."""

    def __init__(self, outputs, inputs):
        self.weights, self.bias = random_weights(outputs, inputs), np.zeros(outputs, np.float32)

    def parameters(self):
        return [self.weights, self.bias]

    def forward(self, x):
        out = x @ self.weights.T
        out += self.bias
        return out

    def input_gradient(self, grads):
        return grads @ self.weights

    def gradients(self, x, grads):
        return [grads.T @ x, grads.sum(axis=0)]


class Network:
    """Layers with rectifiers between them; `samples` is the axis of the samples."""

    def __init__(self, parts, samples=0):
        self.layers, self.samples = parts, samples
        self.momenta = [[np.zeros_like(p) for p in layer.parameters()] for layer in parts]

    def forward(self, x):
        seen = [x]
        for index, layer in enumerate(self.layers):
            x = layer.forward(x)
            if index + 1 < len(self.layers):
                np.maximum(x, 0, out=x)
            seen.append(x)
        return seen

    def training_step(self, x, labels):
        seen = self.forward(x)
        grads = loss_gradient(seen[-1], labels, self.samples)
        for index in reversed(range(len(self.layers))):
            layer = self.layers[index]
            found = layer.gradients(seen[index], grads)
            if index > 0:
                grads = layer.input_gradient(grads)
                grads *= seen[index] > 0
            for parameter, momentum, grad in zip(layer.parameters(), self.momenta[index], found):
                momentum *= MOMENTUM
                momentum += grad
                parameter -= LEARNING_RATE * momentum


def loss_gradient(scores, labels, samples):
    """Gradient of the mean cross-entropy to the scores."""
    features = 1 - samples
    grads = np.exp(scores - scores.max(axis=features, keepdims=True))
    grads /= grads.sum(axis=features, keepdims=True)
    places = np.arange(len(labels))
    grads[(places, labels) if samples == 0 else (labels, places)] -= 1
    grads /= len(labels)
    return grads


def cases(work):
    found = []
    for batch in work.batches:
        x, labels = random_batch(work, batch)
        parts = [Dense(o, i) for o, i in layers(work)]
        network = Network(parts)
        if work.what == "kernels":
            dense, grads = parts[0], random_weights(batch, parts[0].weights.shape[0])
            found.append(Case("numpy dense", batch, lambda x=x: np.maximum(dense.forward(x), 0), what="forward"))
            found.append(Case("numpy dense", batch, lambda: dense.input_gradient(grads), what="input-gradient"))
            found.append(Case("numpy dense", batch, lambda x=x: grads.T @ x, what="block-gradient"))
        elif work.what == "train":
            found.append(Case("numpy dense", batch, lambda n=network, x=x, y=labels: n.training_step(x, y)))
        else:
            found.append(Case("numpy dense", batch, lambda n=network, x=x: n.forward(x)))
    return found
