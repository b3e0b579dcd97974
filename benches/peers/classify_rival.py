"""scikit-learn at the other end of the line protocol of worker/main.rs: started by classify.py, of no use by hand.

A problem is {"fit": {CLASS: {argument: value}}} with the class's own arguments.
"""

import time
import warnings

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.svm import SVC, LinearSVC

from protocol import serve


class Ridge:
    """RidgeCV on ±1 targets, its penalties in the unit of ours: λ times rows and columns."""

    def __init__(self, lambdas):
        self.lambdas = np.asarray(lambdas)

    def fit(self, x, labels):
        self.model = RidgeCV(alphas=self.lambdas * x.size).fit(x, np.where(labels, 1.0, -1.0))
        return self

    def predict(self, x):
        return self.model.predict(x) >= 0


def bagged_lda(**arguments):
    """Fisher discriminants, their covariance shrunk by a hundredth, on bootstrap samples and random columns."""
    discriminant = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.01)
    return BaggingClassifier(discriminant, oob_score=True, random_state=0, **arguments)


CLASSES = {
    "SVC": SVC,
    "LinearSVC": LinearSVC,
    "LogisticRegression": LogisticRegression,
    "RidgeCV": Ridge,
    "BaggedLda": bagged_lda,
}


def kernel(model, x, z):
    if model.kernel == "linear":
        return x @ z.T
    if model.kernel == "poly":
        return (model._gamma * (x @ z.T) + model.coef0) ** model.degree
    squares = (x * x).sum(1)[:, None] + (z * z).sum(1) - 2 * x @ z.T
    return np.exp(-model._gamma * np.maximum(squares, 0))


def objective(model, x, labels):
    """The value of what was minimised, as the Rust side reports it; from the solution, in double precision."""
    if isinstance(model, SVC):
        vectors, c = x[model.support_], model.dual_coef_[0]
        # In slices: all support vectors against all would take gigabytes on the largest set.
        parts = [slice(i, i + 500) for i in range(0, len(c), 500)]
        quadratic = sum(c[part] @ (kernel(model, vectors[part], vectors) @ c) for part in parts)
        return 0.5 * quadratic - np.abs(c).sum()
    if isinstance(model, Ridge):
        return -model.model.best_score_
    if isinstance(model, BaggingClassifier):
        return 1 - model.oob_score_
    margins = model.decision_function(x) * np.where(labels, 1.0, -1.0)
    penalty = 0.5 * (model.coef_ @ model.coef_.T).item() + 0.5 * model.intercept_[0] ** 2
    if isinstance(model, LinearSVC):
        return penalty + model.C * np.maximum(0, 1 - margins).sum()
    return penalty + model.C * np.logaddexp(0, -margins).sum()


def answer(problem, seconds, data):
    ((name, arguments),) = problem.items()
    x, labels, test = data
    fits, predicts = [], []
    while not fits or (sum(fits) + sum(predicts) < 1000 * seconds and len(fits) < 50):
        start = time.perf_counter()
        model = CLASSES[name](**arguments).fit(x, labels)
        fitted = time.perf_counter()
        predictions = model.predict(test)
        fits.append(1000 * (fitted - start))
        predicts.append(1000 * (time.perf_counter() - fitted))
    steps = getattr(model, "n_iter_", None)
    return {
        "fit_ms": min(fits),
        "predict_ms": min(predicts),
        "objective": float(objective(model, x, labels)),
        "iterations": None if steps is None else int(np.max(steps)),
        "converged": model.fit_status_ == 0 if isinstance(model, SVC) else steps is None or bool(steps < model.max_iter),
        "support_vectors": len(model.support_) if isinstance(model, SVC) else None,
        "predictions": "".join("01"[int(p)] for p in predictions),
    }


class Classifiers:
    data = None

    def answer(self, request):
        if "load" in request:
            self.data = [np.load(request["load"][key]) for key in ("train", "labels", "test")]
            return {"loaded": self.data[0].shape}
        return answer(request["fit"], request["seconds"], self.data)


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # `converged` says what they would
    serve(Classifiers().answer)
