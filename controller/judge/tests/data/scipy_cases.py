#!/usr/bin/env python3
"""Writes scipy.json: what SciPy says of 300 seeded pairs of samples. Needs scipy alone: python3 scipy_cases.py > scipy.json

A line is a case: both samples; the U statistic of x and its two-sided p (normal approximation, continuity and ties corrected); Welch's t and the p of a rise; the
greatest distance of the two distributions.
"""
import json
import sys

import numpy
from scipy import stats

random = numpy.random.default_rng(20261126)
KINDS = {
    "normal": lambda size: random.normal(100, 15, size),
    "skewed": lambda size: random.lognormal(3, 0.8, size),
    "ties": lambda size: numpy.round(random.normal(10, 3, size)),
    "heavy": lambda size: random.standard_cauchy(size) * 5 + 50,
    "tiny": lambda size: random.normal(5e-6, 1e-6, size),
    "counts": lambda size: random.poisson(40, size).astype(float),
}
lines = []
while len(lines) < 300:
    kind = list(KINDS)[len(lines) % len(KINDS)]
    x, y = (KINDS[kind](random.integers(4, 61)) for _ in range(2))
    if kind != "tiny":
        x = x + random.choice([0, 0, 0.5, 2, 10])
    ranks = stats.mannwhitneyu(x, y, alternative="two-sided", method="asymptotic", use_continuity=True)
    welch = stats.ttest_ind(x, y, equal_var=False, alternative="greater")
    shape = stats.ks_2samp(x, y)
    case = {
        "kind": kind, "x": x.tolist(), "y": y.tolist(), "u": float(ranks.statistic), "p": float(ranks.pvalue),
        "t": float(welch.statistic), "rise": float(welch.pvalue), "distance": float(shape.statistic),
    }
    lines.append(json.dumps(case))
sys.stdout.write("[\n" + ",\n".join(lines) + "\n]\n")
