"""Rules that turn formulas that overflow or cancel into functions that don't.

Each side is the same function of real numbers; the right side is at least as accurate everywhere,
and right where the left side is not.
"""

from __future__ import annotations

from kobai.simplify.equations import equation

# Scaling by a power of two is exact: what was halved is doubled.
HALVES = (
    equation("halves", "2 * (u / 2) = u"),
    equation("halves", "2 * (0.5 * u) = u"),
    equation("halves", "(2 * u) / 2 = u"),
    equation("halves", "0.5 * (2 * u) = u"),
    equation("halves", "(-2 * u) / 2 = -u"),
    equation("halves", "0.5 * (-2 * u) = -u"),
    equation("double sign", "-(-2 * u) = 2 * u"),
)

SIGMOIDS = (
    equation("sigmoid", "1 / (1 + exp(-u)) = sigmoid(u)"),
    equation("sigmoid", "exp(u) / (1 + exp(u)) = sigmoid(u)"),
    equation("sigmoid", "exp(-u) / (1 + exp(-u)) = sigmoid(-u)"),
    equation("reflected sigmoid", "1 / (1 + exp(u)) = sigmoid(-u)"),
    equation("sigmoid", "v / (1 + exp(-u)) = v * sigmoid(u)"),
    equation("reflected sigmoid", "v / (1 + exp(u)) = v * sigmoid(-u)"),
    equation("sigmoid", "(1 + exp(-u)) ** -1 = sigmoid(u)"),
    equation("sigmoid", "exp(-logaddexp(0, u)) = sigmoid(-u)"),
    equation("slope of a sigmoid", "exp(u) / (1 + exp(u)) ** 2 = sigmoid(u) * sigmoid(-u)"),
    equation("slope of a sigmoid", "exp(-u) / (1 + exp(-u)) ** 2 = sigmoid(u) * sigmoid(-u)"),
    equation("sigmoid", "exp(2 * u) / (1 + exp(u)) ** 2 = sigmoid(u) ** 2"),
    equation("sigmoid", "1 / (1 + exp(u) ** 2) = sigmoid(-(2 * u))"),
    equation("rest of the rest", "1 - (1 - sigmoid(u)) = sigmoid(u)"),
    equation("odds", "sigmoid(u) / (1 - sigmoid(u)) = exp(u)"),
    equation("odds", "(1 - sigmoid(u)) / sigmoid(u) = exp(-u)"),
    equation("sigmoid of a difference", "v / (v + exp(u)) = sigmoid(log(v) - u)", "v > 0"),
    equation("sigmoid of a difference", "exp(u) / (exp(u) + exp(v)) = sigmoid(u - v)"),
    equation("sigmoid of a difference", "exp(u) / (exp(u) + v) = sigmoid(u - log(v))", "v > 0"),
    equation("sigmoid from tanh", "0.5 * (1 + tanh(u)) = sigmoid(2 * u)"),
    equation("sigmoid from tanh", "(1 + tanh(u)) / 2 = sigmoid(2 * u)"),
    equation("sigmoid from tanh", "0.5 * (1 - tanh(u)) = sigmoid(-(2 * u))"),
    equation("sigmoid from tanh", "(1 - tanh(u)) / 2 = sigmoid(-(2 * u))"),
    equation("sigmoid from tanh", "tanh(u) / 2 + 0.5 = sigmoid(2 * u)"),
    equation("sigmoid from tanh", "0.5 * tanh(u) + 0.5 = sigmoid(2 * u)"),
    equation("sigmoid from tanh", "0.5 - tanh(u) / 2 = sigmoid(-(2 * u))"),
    equation("sigmoid from tanh", "0.5 - 0.5 * tanh(u) = sigmoid(-(2 * u))"),
)

HYPERBOLIC = (
    equation("tanh", "sinh(u) / cosh(u) = tanh(u)"),
    equation("tanh", "(exp(u) - exp(-u)) / (exp(u) + exp(-u)) = tanh(u)"),
    equation("tanh", "expm1(u) / (1 + exp(u)) = tanh(u / 2)"),
    equation("tanh", "(-expm1(u)) / (1 + exp(u)) = -tanh(u / 2)"),
    equation("tanh", "2 * sigmoid(u) - 1 = tanh(u / 2)"),
    equation("tanh", "1 - 2 * sigmoid(u) = -tanh(u / 2)"),
    equation("tanh", "sigmoid(u) - sigmoid(-u) = tanh(u / 2)"),
    equation("odds", "(1 - tanh(u)) / (1 + tanh(u)) = exp(-(2 * u))"),
    equation("odds", "(1 + tanh(u)) / (1 - tanh(u)) = exp(2 * u)"),
    equation("sech", "2 / (exp(u) + exp(-u)) = sech(u)"),
    equation("sech", "1 / (exp(u) + exp(-u)) = sech(u) / 2"),
    equation("sech", "cosh(u) ** -1 = sech(u)"),
    equation("sech", "cosh(u) ** -2 = sech(u) ** 2"),
    equation("sech", "v / cosh(u) = v * sech(u)"),
    equation("sech", "v / cosh(u) ** 2 = v * sech(u) ** 2"),
    equation("cosh", "(exp(u) + exp(-u)) / 2 = cosh(u)"),
    equation("cosh", "0.5 * (exp(u) + exp(-u)) = cosh(u)"),
    equation("sinh", "(exp(u) - exp(-u)) / 2 = sinh(u)"),
    equation("sinh", "0.5 * (exp(u) - exp(-u)) = sinh(u)"),
)

CANCELLATIONS = (
    equation("exp minus 1", "exp(u) - 1 = expm1(u)"),
    equation("exp minus 1", "exp(u) + -1 = expm1(u)"),
    equation("1 minus exp", "1 - exp(u) = -expm1(u)"),
    equation("1 minus exp", "expm1(u) / exp(u) = -expm1(-u)"),
    equation("absolute value", "abs(u) = u", "u > 0"),
    equation("1 minus cos", "1 - cos(u) = 2 * sin(u / 2) ** 2"),
    equation("1 minus cos", "cos(u) - 1 = -(2 * sin(u / 2) ** 2)"),
    equation("root minus 1", "sqrt(1 + u) - 1 = sqrt1pm1(u)"),
    equation("root of a square", "sqrt(u ** 2) = abs(u)"),
    equation("root of a square", "sqrt(u * u) = abs(u)"),
    equation("square root", "u ** 0.5 = sqrt(u)", "u > 0"),
    equation("square of a root", "sqrt(u) ** 2 = u", "u >= 0"),
)

LOGARITHMS = (
    equation("logarithm of a sigmoid", "log(sigmoid(u)) = -logaddexp(0, -u)"),
    equation("logarithm of a sigmoid", "log(1 - sigmoid(u)) = -logaddexp(0, u)"),
    equation("logarithm of a sigmoid", "log1p(-sigmoid(u)) = -logaddexp(0, u)"),
    equation("softplus", "log(1 + exp(u)) = logaddexp(0, u)"),
    equation("softplus", "log1p(exp(u)) = logaddexp(0, u)"),
    equation("softplus", "log(1 + exp(u) ** 2) = logaddexp(0, 2 * u)"),
    equation("softplus", "logaddexp(0, u) - u = logaddexp(0, -u)"),
    equation("softplus", "u - logaddexp(0, u) = -logaddexp(0, -u)"),
    equation("softplus", "u + logaddexp(0, -u) = logaddexp(0, u)"),
    equation("softplus", "maximum(u, 0) + logaddexp(0, -abs(u)) = logaddexp(0, u)"),
    equation(
        "softplus of a difference",
        "maximum(u, 0) - v + logaddexp(0, -abs(u)) = logaddexp(0, u) - v",
    ),
    equation(
        "logarithm of a sigmoid",
        "log(1 - sigmoid(u) ** 2) = log1p(sigmoid(u)) - logaddexp(0, u)",
    ),
    equation("logarithm of 1 plus tanh", "log(1 + tanh(u)) = log1p_tanh(u)"),
    equation("logarithm of 1 plus tanh", "log(1 - tanh(u)) = log1p_tanh(-u)"),
    equation("logarithm of 1 plus tanh", "log1p(tanh(u)) = log1p_tanh(u)"),
    equation("logarithm of cosh", "log(cosh(u)) = log_cosh(u)"),
    equation("logarithm of cosh", "log(sech(u)) = -log_cosh(u)"),
    equation("logarithm of cosh", "log(1 - tanh(u) ** 2) = -2 * log_cosh(u)"),
    equation("logarithm of a root", "log(sqrt(u)) = log(u) / 2"),
    equation("logarithm of 1 minus exp", "log(-expm1(u)) = log1mexp(u)"),
    equation("logarithm of 1 minus exp", "log1p(-exp(u)) = log1mexp(u)"),
    equation("complementary log-log", "log1mexp(-exp(u)) = log1mexp_of_exp(u)"),
    equation("logarithm of exp minus 1", "log(expm1(u)) = u + log1mexp(-u)"),
    equation("logarithm of a power of e", "log(exp(u)) = u"),
    equation("logarithm of powers of e", "log(exp_of_sum(u, v)) = u + v"),
    equation("logarithm of two powers of e", "log(exp(u) + exp(v)) = logaddexp(u, v)"),
    equation("logarithm of a difference", "log(exp(u) - exp(v)) = u + log1mexp(v - u)"),
    equation("logarithm of cosh", "log(v * cosh(u)) = log(v) + log_cosh(u)", "v > 0"),
    equation("logarithm of softplus", "log(logaddexp(0, u)) = log_softplus(u)"),
    equation("score of odds", "logaddexp(0, u) - logaddexp(0, -u) = u"),
    equation("score of odds", "logaddexp(0, -u) - logaddexp(0, u) = -u"),
    equation("score of odds", "-logaddexp(0, -u) + logaddexp(0, u) = u"),
    equation("score of odds", "-logaddexp(0, u) + logaddexp(0, -u) = -u"),
    equation("logarithm of an inverse", "log(1 / u) = -log(u)", "u > 0"),
)

# After the rules that know the sum.
LAST = (equation("logarithm of 1 plus", "log(1 + u) = log1p(u)"),)

QUOTIENTS = (
    equation("root of a power of e", "sqrt(exp(u)) = exp(u / 2)"),
    equation("quotient of powers of e", "exp(u) / exp(v) = exp_of_sum(u, -v)"),
    equation("product of powers of e", "exp(u) * exp(v) = exp_of_sum(u, v)"),
    equation("inverse power of e", "u / exp(v) = u * exp(-v)"),
)
