"""Makes fixtures.json: what PyTorch computes with the networks, for parity.rs to compare with.

    python crates/networks/tests/make_fixtures.py crates/networks/tests

Needs torch, torchvision and numpy. Weights and images come from one formula of a tensor's name and an index, which
parity.rs has too, so none are stored. Everything is computed in double precision; single precision is computed
beside it, and how far it is off, the yardstick for our single precision, is stored as well.

Also makes partial.pt: some of Meso4's weights in half precision, as a training checkpoint would nest them.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from torch import nn

BATCH = 2
LABELS = [1.0, 0.0]


def noise(name, count):
    """Numbers in [-1, 1): splitmix64 of the index, seeded by the name's 64-bit FNV-1a hash, its upper 24 bits."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = (seed ^ byte) * 0x100000001B3 % 2**64
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float64) / 2**23 - 1.0


def weight(name, shape):
    """He et al.'s variance for kernels; scales and shifts that put three quarters of the channels four deviations
    above zero and one quarter below. Few values then lie near a ReLU's kink, where rounding decides on a gradient.
    """
    values = noise(name, int(np.prod(shape)))
    if len(shape) > 1:
        values = values * np.sqrt(6.0 / np.prod(shape[1:]))
    elif name.endswith("running_var"):
        values = 1.0 + 0.5 * values
    elif name.endswith("weight"):
        values = 0.5 + 0.1 * values
    elif name.endswith("bias"):
        values = np.where(values < -0.5, -2.0, 2.0) + 0.1 * values
    else:
        values = 0.1 * values
    return values.astype(np.float32).reshape(shape)


def pixels(side):
    """Slopes that wrap around, with noise of 16 grey levels: integers of 0 to 255."""
    n, c, y, x = np.indices((BATCH, 3, side, side))
    slope = (y * (n + 1) + x * (2 - n) + 50 * c) % 240
    grain = ((noise("pixels", slope.size) + 1.0) * 8.0).astype(np.int64).reshape(slope.shape)
    return (slope + grain).astype(np.float32)


class MesoHead(nn.Module):
    def dense(self, x):
        x = F.leaky_relu(self.fc1(F.max_pool2d(x, 4).flatten(1)), 0.1)
        return self.fc2(x)


class Meso4(MesoHead):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8)
        self.conv2, self.bn2 = nn.Conv2d(8, 8, 5, padding=2, bias=False), nn.BatchNorm2d(8)
        self.conv3, self.bn3 = nn.Conv2d(8, 16, 5, padding=2, bias=False), nn.BatchNorm2d(16)
        self.conv4, self.bn4 = nn.Conv2d(16, 16, 5, padding=2, bias=False), nn.BatchNorm2d(16)
        self.fc1, self.fc2 = nn.Linear(1024, 16), nn.Linear(16, 1)

    def forward(self, x):
        x = F.max_pool2d(self.bn1(F.relu(self.conv1(x / 255))), 2)
        x = F.max_pool2d(self.bn2(F.relu(self.conv2(x))), 2)
        x = F.max_pool2d(self.bn3(F.relu(self.conv3(x))), 2)
        return self.dense(self.bn4(F.relu(self.conv4(x))))


class Inception(nn.Module):
    def __init__(self, inputs, a, b, c, d):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, a, 1, bias=False)
        for index, (width, dilation) in enumerate([(b, 1), (c, 2), (d, 3)], start=2):
            setattr(self, f"conv{index}_1", nn.Conv2d(inputs, width, 1, bias=False))
            wide = nn.Conv2d(width, width, 3, padding=dilation, dilation=dilation, bias=False)
            setattr(self, f"conv{index}_2", wide)

    def forward(self, x):
        parts = [F.relu(self.conv1(x))]
        for index in (2, 3, 4):
            inner = F.relu(getattr(self, f"conv{index}_1")(x))
            parts.append(F.relu(getattr(self, f"conv{index}_2")(inner)))
        return torch.cat(parts, 1)


class MesoInception4(MesoHead):
    def __init__(self):
        super().__init__()
        self.inception1, self.bn1 = Inception(3, 1, 4, 4, 2), nn.BatchNorm2d(11)
        self.inception2, self.bn2 = Inception(11, 2, 4, 4, 2), nn.BatchNorm2d(12)
        self.conv3, self.bn3 = nn.Conv2d(12, 16, 5, padding=2, bias=False), nn.BatchNorm2d(16)
        self.conv4, self.bn4 = nn.Conv2d(16, 16, 5, padding=2, bias=False), nn.BatchNorm2d(16)
        self.fc1, self.fc2 = nn.Linear(1024, 16), nn.Linear(16, 1)

    def forward(self, x):
        x = F.max_pool2d(self.bn1(self.inception1(x / 255)), 2)
        x = F.max_pool2d(self.bn2(self.inception2(x)), 2)
        x = F.max_pool2d(self.bn3(F.relu(self.conv3(x))), 2)
        return self.dense(self.bn4(F.relu(self.conv4(x))))


def high_pass_bank():
    """The thirty kernels as they are printed in papers, each family turned by quarters from its first members."""

    def quarters(kernel, turns):
        return [np.rot90(kernel, turn) for turn in turns]

    def kernel(*rows):
        return np.array([[float(v) for v in row.split()] for row in rows])

    zero = "0 0 0 0 0"
    first = kernel(zero, zero, "0 0 -1 1 0", zero, zero)
    first_diagonal = kernel(zero, zero, "0 0 -1 0 0", "0 0 0 1 0", zero)
    second = kernel(zero, zero, "0 1 -2 1 0", zero, zero)
    second_diagonal = kernel(zero, "0 1 0 0 0", "0 0 -2 0 0", "0 0 0 1 0", zero)
    third = kernel(zero, zero, "0 1 -3 3 -1", zero, zero)
    third_diagonal = kernel(zero, "0 1 0 0 0", "0 0 -3 0 0", "0 0 0 3 0", "0 0 0 0 -1")
    edge3 = kernel(zero, "0 -1 2 -1 0", "0 2 -4 2 0", zero, zero)
    square3 = kernel(zero, "0 -1 2 -1 0", "0 2 -4 2 0", "0 -1 2 -1 0", zero)
    edge5 = kernel("-1 2 -2 2 -1", "2 -6 8 -6 2", "-2 8 -12 8 -2", zero, zero)
    square5 = kernel("-1 2 -2 2 -1", "2 -6 8 -6 2", "-2 8 -12 8 -2", "2 -6 8 -6 2", "-1 2 -2 2 -1")
    # Right, left, down, up; down right, up left, down left, up right: np.rot90 turns against the clock.
    straight, diagonal = [0, 2, 3, 1], [0, 2, 3, 1]
    # Upper, lower, left, right.
    edges = [0, 2, 1, 3]
    bank = quarters(first, straight) + quarters(first_diagonal, diagonal)
    bank += [k / 2 for k in quarters(second, [0, 1]) + quarters(second_diagonal, [0, 1])]
    bank += [k / 3 for k in quarters(third, straight) + quarters(third_diagonal, diagonal)]
    bank += [square3 / 4] + [k / 4 for k in quarters(edge3, edges)]
    bank += [square5 / 12] + [k / 12 for k in quarters(edge5, edges)]
    return torch.tensor(np.stack(bank))[:, None]


class SrmResnet(nn.Module):
    def __init__(self):
        super().__init__()
        block = torchvision.models.resnet.BasicBlock
        self.conv1, self.bn1 = nn.Conv2d(38, 24, 3, padding=1, bias=False), nn.BatchNorm2d(24)
        widths = [24, 24, 48, 64, 96]
        for stage in range(1, 5):
            inputs, outputs = widths[stage - 1 : stage + 1]
            stride, shortcut = 1, None
            if stage > 1:
                stride = 2
                shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, 2, bias=False), nn.BatchNorm2d(outputs))
            setattr(self, f"layer{stage}", nn.Sequential(block(inputs, outputs, stride, shortcut)))
        self.fc = nn.Linear(96, 1)

    def forward(self, x):
        bank = high_pass_bank().to(x.dtype)
        r, g, b = x[:, 0:1], x[:, 1:2], x[:, 2:3]
        y = 0.299 * r + 0.587 * g + 0.114 * b
        cb = -0.1687358916 * r - 0.3312641084 * g + 0.5 * b + 128
        cr = 0.5 * r - 0.4186875892 * g - 0.0813124108 * b + 128
        few = bank[[8, 9, 20, 25]]
        residuals = torch.cat([F.conv2d(y, bank), F.conv2d(cb, few), F.conv2d(cr, few)], 1).clamp(-6, 6)
        x = F.relu(self.bn1(self.conv1(residuals)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


class Separable(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False)
        self.pointwise = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x):
        return self.pointwise(self.conv1(x))


class XceptionBlock(nn.Module):
    def __init__(self, maps, stride, leading_relu=True):
        super().__init__()
        rep = []
        for inputs, outputs in zip(maps, maps[1:]):
            rep += [nn.ReLU(), Separable(inputs, outputs), nn.BatchNorm2d(outputs)]
        rep = rep if leading_relu else rep[1:]
        self.rep = nn.Sequential(*rep, *([nn.MaxPool2d(3, stride, 1)] if stride > 1 else []))
        self.changes = stride > 1 or maps[0] != maps[-1]
        if self.changes:
            self.skip = nn.Conv2d(maps[0], maps[-1], 1, stride, bias=False)
            self.skipbn = nn.BatchNorm2d(maps[-1])

    def forward(self, x):
        return self.rep(x) + (self.skipbn(self.skip(x)) if self.changes else x)


class Xception(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 32, 3, 2, bias=False), nn.BatchNorm2d(32)
        self.conv2, self.bn2 = nn.Conv2d(32, 64, 3, bias=False), nn.BatchNorm2d(64)
        self.block1 = XceptionBlock([64, 128, 128], 2, leading_relu=False)
        self.block2 = XceptionBlock([128, 256, 256], 2)
        self.block3 = XceptionBlock([256, 728, 728], 2)
        for index in range(4, 12):
            setattr(self, f"block{index}", XceptionBlock([728] * 4, 1))
        self.block12 = XceptionBlock([728, 728, 1024], 2)
        self.conv3, self.bn3 = Separable(1024, 1536), nn.BatchNorm2d(1536)
        self.conv4, self.bn4 = Separable(1536, 2048), nn.BatchNorm2d(2048)
        self.last_linear = nn.Linear(2048, 1)

    def forward(self, x):
        x = (x / 255 - 0.5) / 0.5
        x = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
        for index in range(1, 13):
            x = getattr(self, f"block{index}")(x)
        x = F.relu(self.bn4(self.conv4(F.relu(self.bn3(self.conv3(x))))))
        return self.last_linear(x.mean((2, 3)))


class XceptionPair(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = Xception(), Xception()

    def forward(self, x):
        mean = (torch.sigmoid(self.first(x).double()) + torch.sigmoid(self.second(x).double())) / 2
        return torch.logit(mean).to(x.dtype)


class Photographic(nn.Module):
    """torchvision's network with one output, behind ImageNet's normalisation."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        mean = torch.tensor([0.485, 0.456, 0.406], dtype=x.dtype)[:, None, None]
        deviation = torch.tensor([0.229, 0.224, 0.225], dtype=x.dtype)[:, None, None]
        return self.network((x / 255 - mean) / deviation)


# The large ones at small sizes, for the tests' time.
NETWORKS = {
    "meso4": (Meso4, 256),
    "meso-inception4": (MesoInception4, 256),
    "srm-resnet": (SrmResnet, 64),
    "xception": (Xception, 96),
    "resnet18": (lambda: Photographic(torchvision.models.resnet18(num_classes=1)), 96),
    "resnet50": (lambda: Photographic(torchvision.models.resnet50(num_classes=1)), 96),
    "xception-pair": (XceptionPair, 64),
}


def short(name):
    return name.removeprefix("network.")


def fill(network):
    state = network.state_dict()
    for name, tensor in state.items():
        if not name.endswith("num_batches_tracked"):
            state[name] = torch.tensor(weight(short(name), tuple(tensor.shape)))
    network.load_state_dict(state)


def batch_variances(network):
    """Of a network in training mode, what to call after a step to have running variances follow the batch's own, over
    n, as burn has them; PyTorch divides by n - 1.
    """
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    kept = [(1 - norm.momentum) * norm.running_var for norm in norms]
    counts = {}

    def count(norm, inputs, _):
        counts[norm] = inputs[0].numel() / norm.num_features

    handles = [norm.register_forward_hook(count) for norm in norms]

    def correct():
        for norm, kept_part, handle in zip(norms, kept, handles):
            n = counts[norm]
            norm.running_var.copy_(kept_part + (norm.running_var - kept_part) * (n - 1) / n)
            handle.remove()

    return correct


def run(network, side, dtype):
    """Logits in evaluation mode; then loss, gradients and running statistics of one step in training mode."""
    fill(network)
    network = network.to(dtype)
    images = torch.tensor(pixels(side), dtype=dtype)
    network.eval()
    with torch.no_grad():
        logits = network(images).flatten()
    network.train()
    network.zero_grad()
    correct_variances = batch_variances(network)
    loss = F.binary_cross_entropy_with_logits(network(images).flatten(), torch.tensor(LABELS, dtype=dtype))
    loss.backward()
    correct_variances()
    tensors = {short(name): parameter.grad for name, parameter in network.named_parameters()}
    tensors |= {short(n): b for n, b in network.named_buffers() if not n.endswith("num_batches_tracked")}
    return logits, loss.item(), tensors


def digits(value):
    return float(f"{float(value):.8g}")


def summary(tensor):
    """Norm, largest magnitude, and the values at the beginning, in the middle and at the end."""
    flat = tensor.detach().double().flatten()
    few = [digits(flat[index]) for index in (0, len(flat) // 2, len(flat) - 1)]
    return [digits(flat.norm()), digits(flat.abs().max()), *few]


def fixture(name):
    make, side = NETWORKS[name]
    logits, loss, tensors = run(make(), side, torch.float64)
    single_logits, single_loss, single_tensors = run(make(), side, torch.float32)
    # Some gradients are zero but for rounding: of a shift that the next normalisation takes out again.
    least = max(t.abs().max().item() for t in tensors.values()) / 1000
    off = {
        "logits": ((single_logits - logits).abs() / logits.abs().clamp(min=1)).max().item(),
        "loss": abs(single_loss / loss - 1),
        "tensors": max(
            ((single_tensors[n].double() - t).abs().max() / t.abs().max().clamp(min=least)).item()
            for n, t in tensors.items()
        ),
    }
    parameters = sum(p.numel() for p in make().parameters())
    print(name, parameters, side, logits.tolist(), loss, off)
    result = {
        "side": side,
        "parameters": parameters,
        "logits": [digits(logit) for logit in logits],
        "loss": digits(loss),
        "off": {key: float(f"{value:.2g}") for key, value in off.items()},
    }
    if name != "xception-pair":  # Its step is that of its two halves.
        result["tensors"] = {n: summary(t) for n, t in tensors.items()}
    return result


def main(folder):
    torch.manual_seed(0)
    lines = [f"{json.dumps(name)}: {json.dumps(fixture(name), separators=(',', ':'))}" for name in NETWORKS]
    (folder / "fixtures.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")

    network = Meso4()
    fill(network)
    state = {f"module.{n}": t for n, t in network.state_dict().items() if not n.startswith(("bn4", "fc1"))}
    state = {n: t.half() if t.is_floating_point() else t for n, t in state.items()}
    two = torch.tensor(weight("two outputs", (2, 16))).half()
    state |= {"module.fc2.weight": two, "module.fc2.bias": torch.tensor([0.25, 1.0]).half()}
    state |= {"module.conv3.weight": torch.zeros(16, 8, 3, 3).half(), "module.extra": torch.ones(3)}
    torch.save({"epoch": 7, "state_dict": state}, folder / "partial.pt")


main(Path(sys.argv[1]))
