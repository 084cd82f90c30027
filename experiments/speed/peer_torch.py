"""PyTorch: dense layers, weights times mask, kept blocks by gather and batched product, and its BSR layout."""

import warnings

import torch
import torch.nn.functional as F
from torch import nn

from workload import LEARNING_RATE, MOMENTUM, Case, layers, mask, padded, patterns, random_batch, random_weights

NAME = f"PyTorch {torch.__version__}"
NOTES = []


class Masked(nn.Module):
    """A dense layer whose weights are multiplied by zeros and ones on every pass."""

    def __init__(self, outputs, inputs, block, columns):
        super().__init__()
        self.weights = nn.Parameter(torch.from_numpy(random_weights(outputs, inputs)))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.register_buffer("mask", torch.from_numpy(mask(outputs, inputs, block, columns)))

    def forward(self, x):
        return F.linear(x, self.weights * self.mask, self.bias)


class Gather(nn.Module):
    """Kept blocks only, on activations of shape (features, batch): gather block columns, one batched product."""

    def __init__(self, outputs, inputs, block, columns):
        super().__init__()
        rows, kept = columns.shape
        weights = random_weights(rows * block, kept * block).reshape(rows, block, kept * block)
        self.weights = nn.Parameter(torch.from_numpy(weights))
        self.bias = nn.Parameter(torch.zeros(rows, block, 1))
        self.register_buffer("columns", torch.from_numpy(columns.reshape(-1)))

    def forward(self, x):
        rows, block, width = self.weights.shape
        gathered = x.view(-1, block, x.shape[1]).index_select(0, self.columns)
        return torch.baddbmm(self.bias, self.weights, gathered.view(rows, width, -1)).view(rows * block, -1)


class GatherNetwork(nn.Module):
    """Rows in, rows out; padded to whole blocks and transposed once at each end."""

    def __init__(self, work, drawn):
        super().__init__()
        self.layers = stack([Gather(o, i, work.block, c) for (o, i), c in zip(layers(work), drawn)])
        self.inputs, self.outputs = padded(work.sizes[0], work.block), work.sizes[-1]

    def forward(self, x):
        x = F.pad(x, (0, self.inputs - x.shape[1])).t().contiguous()
        return self.layers(x)[: self.outputs].t()


class Bsr(nn.Module):
    """Kept blocks in PyTorch's own block-sparse layout, on activations of shape (features, batch)."""

    def __init__(self, outputs, inputs, block, columns):
        super().__init__()
        rows, kept = columns.shape
        self.bias = torch.zeros(rows * block, 1)
        self.weights = torch.sparse_bsr_tensor(
            torch.arange(0, rows * kept + 1, kept),
            torch.from_numpy(columns.reshape(-1)),
            torch.from_numpy(random_weights(rows * kept * block, block)).view(-1, block, block),
            (rows * block, padded(inputs, block)),
            check_invariants=False,
        )

    def forward(self, x):
        return self.weights @ x + self.bias


class BsrNetwork(GatherNetwork):
    def __init__(self, work, drawn):
        super().__init__(work, drawn)
        self.layers = stack([Bsr(o, i, work.block, c) for (o, i), c in zip(layers(work), drawn)])


def stack(parts):
    """Layers with a rectifier between them."""
    between = [part for layer in parts for part in (layer, nn.ReLU())]
    return nn.Sequential(*between[:-1])


def networks(work, with_bsr):
    """(path, drop, density, network) of every way to do it."""
    yield "torch dense", 0.0, 1.0, stack([nn.Linear(i, o) for o, i in layers(work)])
    for drop in work.drops:
        drawn, density = patterns(work, drop)
        masked = stack([Masked(o, i, work.block, c) for (o, i), c in zip(layers(work), drawn)])
        yield "torch masked", drop, density, masked
        yield "torch gather", drop, density, GatherNetwork(work, drawn)
        if with_bsr:
            yield "torch bsr", drop, density, BsrNetwork(work, drawn)


def training_step(network, inputs, labels):
    optimiser = torch.optim.SGD(network.parameters(), LEARNING_RATE, MOMENTUM, fused=True)

    def step():
        optimiser.zero_grad()
        F.cross_entropy(network(inputs), labels).backward()
        optimiser.step()

    return step


def inference(network, inputs):
    def scores():
        with torch.inference_mode():
            network(inputs)

    return scores


def products(work, batch):
    """The three products of one dense layer, into memory that is there."""
    (outputs, inputs), = layers(work)
    weights, bias = torch.from_numpy(random_weights(outputs, inputs)), torch.zeros(outputs)
    x, grads = torch.randn(batch, inputs), torch.randn(batch, outputs)
    out, input_grads, weight_grads = torch.empty(batch, outputs), torch.empty_like(x), torch.empty_like(weights)
    return {
        "forward": lambda: torch.addmm(bias, x, weights.t(), out=out).relu_(),
        "input-gradient": lambda: torch.mm(grads, weights, out=input_grads),
        "block-gradient": lambda: torch.mm(grads.t(), x, out=weight_grads),
    }


def note_on_bsr_training(work):
    """Says what the backward pass of the BSR layout gives."""
    try:
        layer = Bsr(work.block, 4 * work.block, work.block, patterns(work, 0.75)[0][0][:1, :1] % 4)
        layer.weights.requires_grad_()
        layer(torch.randn(4 * work.block, 8)).sum().backward()
        grad = layer.weights.grad
        kind = "a dense matrix" if grad.layout == torch.strided else f"of layout {grad.layout}"
        return f"PyTorch BSR is not trained here: its gradient is {kind} of shape {tuple(grad.shape)}"
    except RuntimeError as error:
        return f"PyTorch BSR is not trained here: {str(error).splitlines()[0]}"


def cases(work):
    warnings.filterwarnings("ignore", message="Sparse BSR")
    torch.set_num_threads(work.threads)
    torch.set_num_interop_threads(1)
    if work.what == "kernels":
        return [
            Case("torch dense", batch, product, what=what)
            for batch in work.batches
            for what, product in products(work, batch).items()
        ]
    is_training = work.what == "train"
    if is_training:
        NOTES.append(note_on_bsr_training(work))
    found = []
    for batch in work.batches:
        inputs, labels = map(torch.from_numpy, random_batch(work, batch))
        for path, drop, density, network in networks(work, with_bsr=not is_training):
            step = training_step(network, inputs, labels) if is_training else inference(network, inputs)
            found.append(Case(path, batch, step, drop, density))
    return found
