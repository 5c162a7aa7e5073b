"""Losses, gradients and ten optimizer steps of each tuning method."""

import contextlib
import copy

import torch

from runner import Runner

ADAM = dict(betas=[0.9, 0.98], eps=1e-6, weight_decay=0.0)
LEARNING_RATE = 1e-3
WARMUP_SHARE = 0.006
STEPS = 10


def gradients(loss, parameters):
    """name -> gradient; parameters that the loss does not reach get zeros."""
    found = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True)
    return {name: torch.zeros_like(p) if g is None else g for (name, p), g in zip(parameters.items(), found)}


def leaves(run, tensors):
    return {name: run.cast(tensor).clone().requires_grad_() for name, tensor in tensors.items()}


def named(out, loss, grads):
    out["loss"] = loss.detach()
    out.update({f"gradient.{name}": g for name, g in grads.items()})
    return out


def prompt(run, rows, fixed):
    leaf = leaves(run, fixed["prompt"])
    loss = run.loss(rows, rows["gradient_batch"], leaf["prompt"])
    out = {"logits": run.all_logits(range(len(rows["sentences"])), leaf["prompt"])}
    return named(out, loss, gradients(loss, leaf))


def bias(run, rows):
    loss = run.loss(rows, rows["gradient_batch"])
    out = {"logits": run.all_logits(range(len(rows["sentences"])))}
    return named(out, loss, gradients(loss, biases(run.model)))


def biases(model):
    return {name: p for name, p in model.named_parameters() if name.endswith(".bias")}


def full(run, rows, norms_only):
    loss = run.loss(rows, rows["gradient_batch"])
    grads = gradients(loss, dict(run.model.named_parameters()))
    if norms_only:
        norms = {f"gradient_norm.{name}": g.norm() for name, g in grads.items()}
        return {"loss": loss.detach(), **norms}
    return named({}, loss, grads)


@contextlib.contextmanager
def adapted(run, weights):
    """While open, the output block of each layer is that of a Pfeiffer adapter."""
    outputs = [layer.output for layer in run.layers]
    originals = [output.forward for output in outputs]
    for number, output in enumerate(outputs):
        def forward(a, x, output=output, prefix=f"adapter.layer.{number}."):
            f = output.dense(a)
            h = output.LayerNorm(f + x)
            down = torch.relu(h @ weights[prefix + "down.weight"].T + weights[prefix + "down.bias"])
            u = down @ weights[prefix + "up.weight"].T + weights[prefix + "up.bias"]
            return output.LayerNorm(f + u + x)
        output.forward = forward
    try:
        yield
    finally:
        for output, original in zip(outputs, originals):
            output.forward = original


def adapter(run, rows, fixed):
    leaf = leaves(run, fixed["adapter"])
    with adapted(run, leaf):
        loss = run.loss(rows, rows["gradient_batch"])
        return named({"logits": run.all_logits(rows["gradient_batch"])}, loss, gradients(loss, leaf))


def factor(step, total=STEPS):
    """Of the learning rate at a 0-based step."""
    warmup = WARMUP_SHARE * total
    return step / max(1, warmup) if step < warmup else (total - step) / max(1, total - warmup)


def train(parameters, loss_of, batches, rate=LEARNING_RATE):
    """Losses and gradient norms (before clipping) of the steps, and the loss on the first batch after all of them."""
    parameters = list(parameters.values())
    optimizer = torch.optim.Adam(parameters, lr=rate, foreach=False, **{**ADAM, "betas": tuple(ADAM["betas"])})
    losses, norms = [], []
    for step, batch in enumerate(batches):
        loss = loss_of(batch)
        optimizer.zero_grad()
        loss.backward(inputs=parameters)
        norm = torch.sqrt(sum((p.grad ** 2).sum() for p in parameters if p.grad is not None))
        for p in parameters:
            if p.grad is not None:
                p.grad *= torch.clamp(1 / (norm + 1e-6), max=1)
        optimizer.param_groups[0]["lr"] = rate * factor(step)
        optimizer.step()
        losses.append(loss.detach())
        norms.append(norm)
    with torch.no_grad():
        final = loss_of(batches[0])
    return {"losses": torch.stack(losses), "gradient_norms": torch.stack(norms), "final_loss": final}


def steps(run, pruned, rows, fixed):
    batches = rows["step_batches"]
    assert len(batches) == STEPS
    out = {}

    def keep(method, result):
        out.update({f"{method}.{name}": value for name, value in result.items()})

    for method, runner, rate in (("prompt", run, LEARNING_RATE), ("prompt_1e-2", run, 1e-2),
                                 ("prune_prompt", pruned, LEARNING_RATE)):
        leaf = leaves(runner, fixed["prompt"])
        keep(method, train(leaf, lambda batch: runner.loss(rows, batch, leaf["prompt"]), batches, rate))
        out[f"{method}.final_prompt"] = leaf["prompt"].detach()

    leaf = leaves(run, fixed["adapter"])
    with adapted(run, leaf):
        keep("adapter", train(leaf, lambda batch: run.loss(rows, batch), batches))

    for method, select in (("bias", biases), ("full", lambda model: dict(model.named_parameters()))):
        own = Runner(copy.deepcopy(run.model), run.spec)
        keep(method, train(select(own.model), lambda batch: own.loss(rows, batch), batches))
    return out
