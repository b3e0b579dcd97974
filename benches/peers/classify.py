"""Our classifiers beside scikit-learn's (LIBSVM, LIBLINEAR and its own), in the same run, one thread each.

    benches/peers/run classify --data FOLDER

FOLDER holds the published feature pickles celeba_low_1000.pkl and test_1000.pkl; without --data a synthetic stand-in
of the same shapes is used. README.md here says how to install what this needs and how to read the tables.

Each classifier has a process of its own on either side, with the data loaded before any clock starts:
classify_rival.py, and the program of worker/, which this script builds. They are asked in turn, round by round, and
who goes first alternates, so that what else the machine does meets both alike.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from peers import HERE, Failed, Process, build, machine, print_table
from sets import Sets


def svm(kernel, c):
    return {"svm": {"kernel": kernel, "c": c}}


def rbf(gamma):
    return {"rbf": {"gamma": gamma}}


# The paper's parameters, ours beside scikit-learn's; LIBLINEAR's logistic regression penalises the intercept.
LINEAR = svm("linear", 1.0), {"SVC": {"kernel": "linear", "C": 1.0}}
RBF = svm(rbf({"value": 0.86}), 6.37), {"SVC": {"kernel": "rbf", "C": 6.37, "gamma": 0.86}}
CUBIC = (
    svm({"polynomial": {"gamma": "one_per_feature", "degree": 3, "coef0": 0.0}}, 1.0),
    {"SVC": {"kernel": "poly", "C": 1.0, "degree": 3, "gamma": "auto", "coef0": 0.0}},
)
LOGISTIC = (
    {"logistic": {"c": 1.0, "penalize_intercept": True}},
    {"LogisticRegression": {"solver": "liblinear", "C": 1.0, "max_iter": 1000}},
)
# With 0.86 the noise would leave each row of the widest set alone, every one a support vector.
RBF_SCALE = svm(rbf("scale"), 6.37), {"SVC": {"kernel": "rbf", "C": 6.37, "gamma": "scale"}}
# For information: LinearSVC penalises the intercept, so it solves another problem than SVC and ours.
LINEAR_OTHER = LINEAR[0], {"LinearSVC": {"loss": "hinge", "C": 1.0, "max_iter": 1000}}
# Both choose from the same penalties by the closed-form leave-one-out error.
LAMBDAS = [10 ** (k / 2) for k in range(-14, 1)]
RIDGE = {"ridge": {"lambdas": LAMBDAS}}, {"RidgeCV": {"lambdas": LAMBDAS}}
# Both train as many discriminants of as many columns, and search for neither number.
LEARNERS, SUBSPACE = 100, 450
ENSEMBLE = (
    {"fld_ensemble": {"learners": LEARNERS, "subspace": SUBSPACE}},
    {"BaggedLda": {"n_estimators": LEARNERS, "max_features": SUBSPACE}},
)

PROBLEMS = [
    ("celeba-1600", "svm-linear", LINEAR),
    ("celeba-1600", "svm-rbf", RBF),
    ("celeba-1600", "svm-polynomial", CUBIC),
    ("celeba-1600", "logistic", LOGISTIC),
    ("dfd-800", "svm-linear", LINEAR),
    ("dfd-800", "svm-rbf", RBF),
    ("dfd-800", "logistic", LOGISTIC),
    ("dfd-4000", "svm-rbf", RBF),
    ("dfd-4000", "logistic", LOGISTIC),
    ("dfd-10000", "svm-rbf", RBF),
    ("dfd-10000", "logistic", LOGISTIC),
    ("wide-40000", "svm-linear", LINEAR),
    ("wide-40000", "svm-linear", LINEAR_OTHER),
    ("wide-40000", "svm-rbf", RBF_SCALE),
    ("wide-40000", "logistic", LOGISTIC),
    ("rich-2000", "ridge-linear", RIDGE),
    ("rich-2000", "fld-ensemble", ENSEMBLE),
]


class Side(Process):
    """One side of a problem and its measurements."""

    def __init__(self, command, threads, limit, memory):
        super().__init__(command, threads, limit, memory)
        self.replies = []
        self.failure = None

    def measure(self, problem, seconds):
        """One more measurement, unless an earlier one failed."""
        if self.failure is None:
            try:
                self.replies.append(self.ask({"fit": problem, "seconds": seconds}))
            except Failed as e:
                self.failure = e.args


@dataclass
class Result:
    """What the two sides, and ours with more threads, have answered on one problem."""

    problem: str
    shape: str
    rival_name: str
    rival: Side
    ours: Side
    threaded: Side | None
    test_labels: np.ndarray = field(repr=False)


def run(problem, data, args, worker):
    name, classifier, (ours, rival) = problem
    paths = {key: str(Path(data.folder) / f"{key}.npy") for key in ("train", "labels", "test")}
    ours = {kind: parameters | json.loads(getattr(args, kind, "{}")) for kind, parameters in ours.items()}
    script = [sys.executable, str(HERE / "classify_rival.py")]
    result = Result(
        problem=f"{name} {classifier}",
        shape=f"{data.set.train} × {data.set.features.shape[1]}",
        rival_name=next(iter(rival)),
        rival=Side(script, 1, args.limit, None),
        ours=Side([worker], 1, args.limit, args.memory),
        threaded=Side([worker], args.threads, args.limit, args.memory) if args.threads else None,
        test_labels=data.set.labels[data.set.train :],
    )
    sides = [(result.rival, rival), (result.ours, ours)]
    if result.threaded:
        sides.append((result.threaded, ours))
    for side, _ in sides:
        try:
            side.ask({"load": paths})
        except Failed as e:
            side.failure = e.args
    if args.skip_rival in result.problem and args.skip_rival:
        result.rival.failure = "skipped", "skipped"
    started = time.monotonic()
    for number in range(args.rounds):
        if number and time.monotonic() - started > args.budget:
            break
        for side, parameters in sides if number % 2 == 0 else reversed(sides):
            side.measure(parameters, args.seconds)
    for side, _ in sides:
        side.close()
    return result


class Data:
    """A set as the files that both sides read."""

    def __init__(self, made, folder):
        self.set = made
        self.folder = folder
        np.save(Path(folder) / "train.npy", made.features[: made.train])
        np.save(Path(folder) / "labels.npy", made.labels[: made.train])
        np.save(Path(folder) / "test.npy", made.features[made.train :])


def median(side, key):
    return statistics.median(reply[key] for reply in side.replies)


def milliseconds(side, key):
    if not side.replies:
        return side.failure[0] if key == "fit_ms" else "–"
    value = median(side, key)
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"


def ratio(ours, rival, key):
    """Ours to the rival's: of the medians over the rounds, and the range over them."""
    pairs = [a[key] / b[key] for a, b in zip(ours.replies, rival.replies)]
    if not pairs:
        return "–", ""
    return f"{median(ours, key) / median(rival, key):.2f}", f"{min(pairs):.2f}–{max(pairs):.2f}"


def time_row(result):
    row = [result.problem, result.shape, result.rival_name]
    for key in ("fit_ms", "predict_ms"):
        row += [milliseconds(result.rival, key), milliseconds(result.ours, key), *ratio(result.ours, result.rival, key)]
        if result.threaded:
            row += [milliseconds(result.threaded, key)]
    return row + [str(max(len(result.rival.replies), len(result.ours.replies)))]


def answer_row(result):
    rival, ours = (side.replies[-1] if side.replies else None for side in (result.rival, result.ours))

    def each(key):
        values = [reply[key] if reply else None for reply in (rival, ours)]
        return ["–" if v is None else "yes" if v is True else "NO" if v is False else str(v) for v in values]

    def accuracy(reply):
        if reply is None:
            return "–"
        calls = np.array([c == "1" for c in reply["predictions"]])
        return f"{(calls == result.test_labels).mean():.4f}"

    difference, agreement = "–", "–"
    if rival and ours:
        if result.rival_name not in ("LinearSVC", "BaggedLda"):
            difference = f"{(ours['objective'] - rival['objective']) / abs(rival['objective']):+.1e}"
        agreement = f"{np.mean([a == b for a, b in zip(ours['predictions'], rival['predictions'])]):.2%}"
    peaks = ["–" if side.peak is None else f"{side.peak:.0f}" for side in (result.rival, result.ours)]
    return [
        result.problem, result.rival_name, difference, agreement, accuracy(rival), accuracy(ours),
        *each("support_vectors"), *each("iterations"), *each("converged"), *peaks,
    ]  # fmt: skip


def print_tables(results, threads):
    times = ["problem", "training|rows × columns", "rival"]
    for what in ("fit", "predict"):
        times += [f"{what}, ms|rival", "|ours", "ours/rival|median", "|min–max"]
        if threads:
            times.append(f"ours, ms|{threads} threads")
    print_table("Time", times + ["rounds"], [time_row(r) for r in results], left=3)
    for result in results:
        for name, side in (("rival", result.rival), ("ours", result.ours), (f"{threads} threads", result.threaded)):
            if side and side.failure:
                print(f"{result.problem}, {name}: {side.failure[1]}")
    answers = [
        "problem", "rival", "objective|difference", "equal|calls", "accuracy|rival", "|ours",
        "support vectors|rival", "|ours", "iterations|rival", "|ours", "converged|rival", "|ours",
        "peak MiB|rival", "|ours",
    ]  # fmt: skip
    print_table("Answer", answers, [answer_row(r) for r in results], left=2)


def arguments():
    parser = argparse.ArgumentParser(
        description="Fit and predict by our classifiers and by scikit-learn's, one thread each, in the same run."
    )
    parser.add_argument("--data", metavar="FOLDER", help="the published feature pickles; default: a stand-in")
    parser.add_argument("--only", action="append", default=[], metavar="TEXT", help="problems with TEXT in their name; may be repeated")  # fmt: skip
    parser.add_argument("--rounds", type=int, default=7, help="measurements of each side (default 7)")
    parser.add_argument("--seconds", type=float, default=0.3, help="least time of one measurement: short fits are repeated (default 0.3)")  # fmt: skip
    parser.add_argument("--budget", type=float, default=120, help="seconds after which a problem gets no further round (default 120)")  # fmt: skip
    parser.add_argument("--limit", type=float, default=900, help="seconds after which a side is stopped (default 900)")
    parser.add_argument("--threads", type=int, metavar="N", help="measure ours with N threads, too")
    parser.add_argument("--memory", type=int, metavar="MIB", help="address space of ours, at most")
    parser.add_argument("--skip-rival", default="", metavar="TEXT", help="ours alone on problems with TEXT in their name")  # fmt: skip
    parser.add_argument("--svm", default="{}", metavar="JSON", help='more of our parameters for the SVM, as {"c": 2.0}')
    parser.add_argument("--logistic", default="{}", metavar="JSON", help="the same for logistic regression")
    parser.add_argument("--worker", metavar="PROGRAM", help="a built worker; default: build it")
    args = parser.parse_args()
    if args.rounds < 1:
        parser.error("--rounds: expected at least 1")
    return args


def main():
    args = arguments()
    chosen = [p for p in PROBLEMS if not args.only or any(text in f"{p[0]} {p[1]}" for text in args.only)]
    if not chosen:
        sys.exit("no such problem; there are: " + ", ".join(f"{p[0]} {p[1]}" for p in PROBLEMS))
    worker = args.worker or build("dftective-benches", "peer_worker")
    sets = Sets(args.data)
    print(machine(["numpy", "scipy", "scikit-learn"]))
    print("data: " + ("the published features" if args.data else "a SYNTHETIC STAND-IN for the published features"))
    print(f"one thread each; {args.rounds} rounds, alternating")
    results = []
    for name in dict.fromkeys(p[0] for p in chosen):
        with tempfile.TemporaryDirectory() as folder:
            data = Data(sets.make(name), folder)
            for problem in (p for p in chosen if p[0] == name):
                results.append(run(problem, data, args, worker))
                fits = " and ".join(milliseconds(side, "fit_ms") for side in (results[-1].rival, results[-1].ours))
                print(f"  {results[-1].problem}: fit, rival and ours: {fits} ms", file=sys.stderr)
    print_tables(results, args.threads)


if __name__ == "__main__":
    main()
