"""The warm-up in notebook 0: it shows how checks, hints and solutions work."""

import math
from types import SimpleNamespace

from companion import expect, messages
from companion.expect import Unexpected
from companion.feedback import Exercise, Misconception

INPUTS, WEIGHTS, BIAS = (1.0, 2.0), (0.5, -2.0), 1.0
PRODUCTS = tuple(x * w for x, w in zip(INPUTS, WEIGHTS, strict=True))
WEIGHTED_SUM = sum(PRODUCTS) + BIAS
ACTIVATED_ONE_BY_ONE = sum(max(0.0, product) for product in PRODUCTS) + BIAS
SIGMOID_OF_THE_SUM = 1 / (1 + math.exp(-WEIGHTED_SUM))
NEAR = 1e-6


def _observe(neuron_output: object) -> SimpleNamespace:
    """The one number that was handed in."""
    number = expect.array(neuron_output, "neuron_output")
    if number.size != 1:
        raise Unexpected(
            "`neuron_output` to be one number",
            messages.of(neuron_output),
            "One neuron has one output, however many inputs it has.",
            "Add the products up.",
            "0.2 One neuron",
        )
    return SimpleNamespace(output=float(number.reshape(-1)[0]))


def _check(observed: SimpleNamespace) -> None:
    if abs(observed.output - max(0.0, WEIGHTED_SUM)) > NEAR:
        raise Unexpected(
            "the output of the neuron with two inputs that the task describes",
            f"`{observed.output:g}`",
            "Every later layer would compute with a wrong number.",
            "Write the products, the sum and the activation on three lines, and print each.",
            "0.2 One neuron",
        )


compute_a_neuron = Exercise(
    name="step0.compute_a_neuron",
    title="Compute a neuron",
    task="Compute the output of a neuron with inputs 1 and 2, weights 0.5 and -2, bias 1 and the activation ReLU.",
    answers=["neuron_output"],
    lesson="0.2 One neuron",
    observe=_observe,
    misconceptions=[
        Misconception(
            name="no activation",
            seen=lambda it: abs(it.output - WEIGHTED_SUM) < NEAR,
            did="Your number, {output:g}, is the weighted sum.",
            follows="A neuron with ReLU never gives a negative output: it passes the sum through the activation first.",
            change="Apply the activation to your sum.",
            lesson="0.2 One neuron",
        ),
        Misconception(
            name="no bias, no activation",
            seen=lambda it: abs(it.output - sum(PRODUCTS)) < NEAR,
            did="Your number, {output:g}, is the sum of the two products alone.",
            follows="Two parts of the neuron are missing: the bias, which shifts the sum, and the activation, which cuts it.",
            change="Add the bias to the products, then apply the activation.",
            lesson="0.2 One neuron",
        ),
        Misconception(
            name="activation before the sum",
            seen=lambda it: abs(it.output - ACTIVATED_ONE_BY_ONE) < NEAR,
            did="Your number, {output:g}, is what comes out if each product passes through ReLU before they are added.",
            follows="Then a negative product can never hold a positive one back, and weights below 0 would do nothing.",
            change="Add everything up first; the activation comes last, once.",
            lesson="0.2 One neuron",
        ),
        Misconception(
            name="sigmoid",
            seen=lambda it: abs(it.output - SIGMOID_OF_THE_SUM) < 1e-3,
            did="Your number, {output:.3f}, is what the activation sigmoid makes of the weighted sum.",
            follows="Sigmoid squeezes every sum between 0 and 1, while ReLU cuts off what is below 0.",
            change="Use the activation that the task names.",
            lesson="3.4 Activations",
        ),
        Misconception(
            name="sign turned",
            seen=lambda it: abs(it.output + WEIGHTED_SUM) < NEAR,
            did="Your number, {output:g}, is the weighted sum without its minus sign.",
            follows="ReLU does not take the absolute value: a negative sum is silenced, not turned round.",
            change="Look again at what `max(0, sum)` gives for a negative sum.",
            lesson="0.2 One neuron",
        ),
    ],
    check_observed=_check,
    hints=[
        "A neuron does three things, one after the other: it multiplies, it adds, and it decides what passes.",
        "Copy the last cells of 0.2 One neuron and put the numbers of this task in.",
        "`1 * 0.5 + 2 * -2 + 1` is the weighted sum; `max(0, ...)` of it is the output.",
    ],
    solution_code="neuron_output = max(0, 1 * 0.5 + 2 * -2 + 1)",
    right="The sum is -2.5, and ReLU cuts it off at 0: for these inputs the neuron stays silent.",
)
