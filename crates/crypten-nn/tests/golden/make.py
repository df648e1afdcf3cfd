"""Writes golden.json: what modules, losses, optimisers and schedules do as PyTorch does it.

Run it with an interpreter that has torch: `python make.py`. The JSON names the versions that wrote it. A layer has a
name, which the test in `golden.rs` knows how to build, its state before and after, in PyTorch's order, an input, the
output, the gradient that the output is given, and the gradients of the input and the parameters. A loss has a
prediction, a target, the loss and the gradient of the prediction. An optimiser has a parameter, the gradients of its
steps and the parameter after each.
"""

import json
import pathlib
import platform

import torch
from torch import nn

torch.manual_seed(20261126)
torch.set_default_dtype(torch.float64)
LAYERS, LOSSES, OPTIMIZERS, SCHEDULES = [], [], [], []


def tensor(*shape, low=-2.0, high=2.0):
    return (low + (high - low) * torch.rand(shape)).round(decimals=4)


def written(x):
    x = x.detach().double()
    return {"shape": list(x.shape), "values": [round(value, 10) for value in x.reshape(-1).tolist()]}


def state(module):
    return [[name, written(value)] for name, value in module.state_dict().items()]


def layer(name, module, x, training=True, call=None):
    module.train(training)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(tensor(*parameter.shape, low=-1, high=1))
        for key, buffer in module.named_buffers():
            if key.endswith("running_mean"):
                buffer.copy_(tensor(*buffer.shape, low=-1, high=1))
            if key.endswith("running_var"):
                buffer.copy_(tensor(*buffer.shape, low=0.5, high=2))
    before = state(module)
    floating = x.is_floating_point()
    if floating:
        x = x.requires_grad_(True)
    output = (call or (lambda module, x: module(x)))(module, x)
    gradient = tensor(*output.shape, low=-0.7, high=1.3)
    output.backward(gradient)
    LAYERS.append(
        {
            "name": name,
            "training": training,
            "before": before,
            "after": state(module),
            "parameters": [key for key, _ in module.named_parameters()],
            "input": written(x),
            "output": written(output),
            "gradient": written(gradient),
            "input_gradient": written(x.grad) if floating else None,
            "parameter_gradients": [
                written(torch.zeros_like(p) if p.grad is None else p.grad) for p in module.parameters()
            ],
        }
    )


image = (2, 4, 5, 6)
layer("Linear", nn.Linear(3, 4), tensor(2, 5, 3))
layer("LinearWithoutBias", nn.Linear(3, 4, bias=False), tensor(5, 3))
layer("Conv1d", nn.Conv1d(4, 6, 3, 2, 1, 2, 2), tensor(2, 4, 9))
layer("Conv2d", nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 2), (1, 2), 2), tensor(*image))
layer("Conv2dWithoutBias", nn.Conv2d(4, 3, 3, bias=False), tensor(*image))
layer("ConvTranspose1d", nn.ConvTranspose1d(4, 6, 3, 2, 1, 1, 2), tensor(2, 4, 5))
layer(
    "ConvTranspose2d",
    nn.ConvTranspose2d(4, 6, (3, 2), (2, 3), (1, 1), (1, 2), 2, True, (2, 1)),
    tensor(2, 4, 3, 2),
)
for training in (True, False):
    layer("BatchNorm1d", nn.BatchNorm1d(3), tensor(5, 3), training)
    layer("BatchNorm1d", nn.BatchNorm1d(3), tensor(2, 3, 4), training)
    layer("BatchNorm2d", nn.BatchNorm2d(4), tensor(*image), training)
layer("BatchNorm2dWithoutAffine", nn.BatchNorm2d(4, affine=False), tensor(*image))
layer("LayerNorm", nn.LayerNorm((5, 6)), tensor(*image))
layer("LayerNormWithoutAffine", nn.LayerNorm(6, elementwise_affine=False), tensor(3, 6))
layer("GroupNorm", nn.GroupNorm(2, 4), tensor(*image))
layer("InstanceNorm", nn.InstanceNorm2d(4), tensor(*image))
layer("InstanceNormAffine", nn.InstanceNorm2d(4, affine=True), tensor(*image))
layer("Dropout", nn.Dropout(0.4), tensor(3, 4), False)
layer("Flatten", nn.Flatten(), tensor(*image))
for name in ["ReLU", "ReLU6", "Hardtanh", "LeakyReLU", "ELU", "GELU", "SiLU", "Sigmoid", "Tanh", "Softplus"]:
    layer(name, getattr(nn, name)(), tensor(4, 5, low=-7, high=7))
layer("ELUWithAlpha", nn.ELU(0.7), tensor(4, 5))
layer("SoftplusWithBeta", nn.Softplus(1.7), tensor(4, 5))
layer("LeakyReLUWithSlope", nn.LeakyReLU(0.2), tensor(4, 5))
layer("Softmax", nn.Softmax(1), tensor(2, 4, 3))
layer("LogSoftmax", nn.LogSoftmax(-1), tensor(2, 4, 3))
layer("MaxPool2d", nn.MaxPool2d(2), tensor(*image))
layer("MaxPool2dWithOptions", nn.MaxPool2d((3, 2), (2, 1), (1, 1), (1, 2), ceil_mode=True), tensor(*image))
layer("AvgPool2d", nn.AvgPool2d(2), tensor(*image))
layer("AvgPool2dWithOptions", nn.AvgPool2d((3, 2), (2, 1), (1, 1), True), tensor(*image))
layer("AdaptiveAvgPool2d", nn.AdaptiveAvgPool2d((3, 2)), tensor(*image))
layer("AdaptiveMaxPool2d", nn.AdaptiveMaxPool2d((3, 2)), tensor(*image))
layer("GlobalAveragePool", nn.AdaptiveAvgPool2d(1), tensor(*image))
layer("Upsample", nn.Upsample(scale_factor=(2, 3)), tensor(*image))
layer("Embedding", nn.Embedding(5, 3), torch.tensor([[0, 4, 4], [2, 0, 1]]))
first = lambda module, x: module(x)[0]
attend = lambda module, x: module(x, x, x)[0]
layer("MultiheadAttention", nn.MultiheadAttention(6, 2), tensor(4, 3, 6), call=attend)
batch_first = nn.MultiheadAttention(6, 3, bias=False, batch_first=True)
layer("MultiheadAttentionBatchFirst", batch_first, tensor(3, 4, 6), call=attend)
memory, mask = tensor(5, 3, 6), tensor(4, 5)
across = lambda module, x: module(x, memory, memory * 2, attn_mask=mask)
layer("MultiheadAttentionAcross", nn.MultiheadAttention(6, 2), tensor(4, 3, 6), call=lambda m, x: across(m, x)[0])
layer("MultiheadAttentionWeights", nn.MultiheadAttention(6, 2), tensor(4, 3, 6), call=lambda m, x: across(m, x)[1])
layer("LSTM", nn.LSTM(3, 4, 2), tensor(5, 2, 3), call=first)
both_ways = nn.LSTM(3, 4, 2, bidirectional=True, batch_first=True)
layer("LSTMBidirectional", both_ways, tensor(2, 5, 3), call=first)
states = lambda module, x: torch.cat(module(x)[1])
layer("LSTMStates", nn.LSTM(3, 4, 2, bidirectional=True), tensor(3, 2, 3), call=states)
hidden, cell = tensor(2, 2, 4), tensor(2, 2, 4)
GIVEN = {"memory": memory, "mask": mask, "hidden": hidden, "cell": cell}
layer("LSTMFrom", nn.LSTM(3, 4, 2), tensor(3, 2, 3), call=lambda module, x: module(x, (hidden, cell))[0])
layer("GRU", nn.GRU(3, 4, 2), tensor(5, 2, 3), call=first)
layer("GRUBidirectional", nn.GRU(3, 4, 2, bidirectional=True), tensor(5, 2, 3), call=first)
layer("GRUFrom", nn.GRU(3, 4, 2), tensor(3, 2, 3), call=lambda module, x: module(x, hidden)[0])
layer(
    "Sequential",
    nn.Sequential(nn.Conv2d(4, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(), nn.Linear(36, 2)),
    tensor(*image),
)


def loss(name, module, x, target, classes=False):
    x = x.requires_grad_(True)
    output = module(x, target)
    gradient = tensor(*output.shape, low=-0.7, high=1.3)
    output.backward(gradient)
    LOSSES.append(
        {
            "name": name,
            "reduction": module.reduction,
            "classes": classes,
            "input": written(x),
            "target": written(target),
            "output": written(output),
            "gradient": written(gradient),
            "input_gradient": written(x.grad),
        }
    )


def probabilities(*shape):
    return torch.softmax(tensor(*shape), 1)


for reduction in ("mean", "sum", "none"):
    r = {"reduction": reduction}
    loss("MSELoss", nn.MSELoss(**r), tensor(3, 4), tensor(3, 4))
    loss("L1Loss", nn.L1Loss(**r), tensor(3, 4), tensor(3, 4))
    loss("SmoothL1Loss", nn.SmoothL1Loss(beta=0.5, **r), tensor(3, 4), tensor(3, 4))
    loss("HuberLoss", nn.HuberLoss(delta=0.7, **r), tensor(3, 4), tensor(3, 4))
    loss("BCELoss", nn.BCELoss(**r), tensor(3, 4, low=0.05, high=0.95), tensor(3, 4, low=0, high=1))
    loss("BCEWithLogitsLoss", nn.BCEWithLogitsLoss(**r), tensor(3, 4), tensor(3, 4, low=0, high=1))
    loss("CrossEntropyLoss", nn.CrossEntropyLoss(**r), tensor(3, 4, 2), probabilities(3, 4, 2))
    loss("CrossEntropyLoss", nn.CrossEntropyLoss(**r), tensor(3, 4), torch.tensor([3, 0, 1]), True)
    places = torch.tensor([[3, 0], [1, 1], [2, 0]])
    loss("CrossEntropyLoss", nn.CrossEntropyLoss(**r), tensor(3, 4, 2), places, True)
    smoothed = nn.CrossEntropyLoss(label_smoothing=0.1, **r)
    loss("CrossEntropyLossWithSmoothing", smoothed, tensor(3, 4, 2), places, True)
    # PyTorch divides the mean by the weights of the classes, which are all one.
    loss("NLLLoss", nn.NLLLoss(**r), tensor(3, 4, 2, low=-3, high=0), places, True)
    zeroed = probabilities(3, 4) * torch.tensor([1.0, 0.0, 1.0, 1.0])
    loss("KLDivLoss", nn.KLDivLoss(**r), tensor(3, 4, low=-3, high=0), zeroed)
    loss("KLDivLossOfLogarithms", nn.KLDivLoss(log_target=True, **r), tensor(3, 4), tensor(3, 4, low=-3, high=0))


def optimizer(name, build):
    start = tensor(3, 2)
    parameter = nn.Parameter(start.clone())
    method = build([parameter])
    steps = []
    for _ in range(4):
        gradient = tensor(3, 2)
        parameter.grad = gradient.clone()
        method.step()
        steps.append({"gradient": written(gradient), "after": written(parameter)})
    OPTIMIZERS.append({"name": name, "start": written(start), "steps": steps})


o = torch.optim
optimizer("SGD", lambda p: o.SGD(p, 0.1))
optimizer("SGDWithMomentum", lambda p: o.SGD(p, 0.1, momentum=0.9, dampening=0.2, weight_decay=0.05))
optimizer("SGDWithNesterov", lambda p: o.SGD(p, 0.1, momentum=0.9, nesterov=True))
optimizer("Adam", lambda p: o.Adam(p, 0.1))
optimizer("AdamWithOptions", lambda p: o.Adam(p, 0.1, (0.8, 0.95), 1e-3, 0.05))
optimizer("AdamW", lambda p: o.AdamW(p, 0.1))
optimizer("RMSprop", lambda p: o.RMSprop(p, 0.1))
optimizer("RMSpropWithOptions", lambda p: o.RMSprop(p, 0.1, 0.9, 1e-3, 0.05, 0.8, True))


def schedule(name, build):
    method = o.SGD([nn.Parameter(tensor(1))], 0.4)
    scheduler = build(method)
    rates = []
    for _ in range(12):
        rates.append(method.param_groups[0]["lr"])
        method.step()
        scheduler.step()
    SCHEDULES.append({"name": name, "rates": rates})


s = o.lr_scheduler
schedule("StepLR", lambda method: s.StepLR(method, 3, 0.5))
schedule("ExponentialLR", lambda method: s.ExponentialLR(method, 0.8))
schedule("CosineAnnealingLR", lambda method: s.CosineAnnealingLR(method, 8, 0.05))


def clipped(limit):
    parameters = [nn.Parameter(tensor(2, 3)), nn.Parameter(tensor(4))]
    before = [tensor(2, 3), tensor(4)]

    def after(clip):
        for parameter, gradient in zip(parameters, before):
            parameter.grad = gradient.clone()
        norm = clip(parameters, limit)
        return norm, [written(parameter.grad) for parameter in parameters]

    norm, by_norm = after(nn.utils.clip_grad_norm_)
    _, by_value = after(nn.utils.clip_grad_value_)
    gradients = [written(gradient) for gradient in before]
    return {"limit": limit, "before": gradients, "norm": norm.item(), "by_norm": by_norm, "by_value": by_value}


clips = [clipped(0.7), clipped(100.0)]



class RAPPORLoss(nn.BCELoss):
    """CrypTen's, by its definition: PyTorch has none."""

    def forward(self, x, target, alpha=0.8):
        truth = torch.sigmoid(x)
        return super().forward(alpha * truth + (1 - alpha) * (1 - truth), target)


# Later cases, after all others so that the numbers of those stay.
layer("RNN", nn.RNN(3, 4, 2), tensor(5, 2, 3), call=first)
layer("LSTMWithoutBias", nn.LSTM(3, 4, 2, bias=False, dropout=0.5), tensor(5, 2, 3), False, call=first)
layer("ConstantPad1d", nn.ConstantPad1d((1, 2), 0.5), tensor(2, 3, 4))
layer("ConstantPad2d", nn.ConstantPad2d((1, 2, 0, 3), -1.5), tensor(2, 3, 4))
layer("ConstantPad3d", nn.ConstantPad3d((1, 0, 2, 1, 1, 1), 0.0), tensor(2, 3, 4, 2))
layer("Dropout3d", nn.Dropout3d(0.4), tensor(2, 3, 2, 2, 2), False)
for reduction in ("mean", "sum", "none"):
    r = {"reduction": reduction}
    weight, ignored = torch.tensor([0.5, 2.0, 1.0, 0.25]), torch.tensor([[3, 9], [1, 1], [9, 0]])
    weighted = {"weight": weight, "ignore_index": 9, **r}
    loss("NLLLoss", nn.NLLLoss(**r), tensor(3, 4, low=-3, high=0), torch.tensor([3, 0, 1]), True)
    loss("NLLLossWithWeights", nn.NLLLoss(**weighted), tensor(3, 4, 2, low=-3, high=0), ignored, True)
    loss("CrossEntropyLossWithWeights", nn.CrossEntropyLoss(**weighted), tensor(3, 4, 2), ignored, True)
    smoothed = nn.CrossEntropyLoss(label_smoothing=0.1, **weighted)
    loss("CrossEntropyLossWithWeightsAndSmoothing", smoothed, tensor(3, 4, 2), ignored, True)
    shares = nn.CrossEntropyLoss(weight=weight, label_smoothing=0.2, **r)
    loss("CrossEntropyLossOfWeightedShares", shares, tensor(3, 4, 2), probabilities(3, 4, 2))
    loss("RAPPORLoss", RAPPORLoss(**r), tensor(3, 4), tensor(3, 4, low=0, high=1).round())
layer("BatchNorm3d", nn.BatchNorm3d(3), tensor(2, 3, 2, 2, 3))
layer("BatchNorm3d", nn.BatchNorm3d(3), tensor(2, 3, 2, 2, 3), False)
layer("Dropout2d", nn.Dropout2d(0.4), tensor(2, 3, 2, 2), False)
layer("Identity", nn.Identity(), tensor(2, 3))
layer("CosineSimilarity", nn.CosineSimilarity(), tensor(2, 4, 3), call=lambda module, x: module(x[0], x[1]))

golden = {
    "written_by": {"torch": torch.__version__, "python": platform.python_version()},
    "layers": LAYERS,
    "losses": LOSSES,
    "optimizers": OPTIMIZERS,
    "schedules": SCHEDULES,
    "given": {name: written(value) for name, value in GIVEN.items()},
    "clips": clips,
}
path = pathlib.Path(__file__).with_name("golden.json")
path.write_text(json.dumps(golden, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n")
