"""The metrics that come with bakeoff; the mathematics is scikit-learn's where that has it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from bakeoff.data.metric import Metric, Predictions
from bakeoff.spec import PositiveInt

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Error(Metric):
    """The fraction of wrong answers.

    Example:
        >>> import numpy
        >>> answers, target = numpy.array([0, 1, 2, 1]), numpy.array([0, 1, 2, 2])
        >>> given = Predictions(answers=answers, target=target)
        >>> round(Error().compute(given), 3)
        0.25
    """

    unit = "%"
    bounds = (0.0, 1.0)
    kind = "classes"
    quick = True

    def compute(self, predictions: Predictions) -> float:
        """Returns wrong answers over all answers."""
        import numpy as np

        return float(np.mean(predictions.answers != predictions.target))

    def chance(self, truth: NDArray[np.generic]) -> float | None:
        """Returns the limit of the commonest class's error."""
        from bakeoff.data.chance import of_classes

        return of_classes(self, truth)


class Accuracy(Metric):
    """The fraction of right answers.

    Example:
        >>> import numpy
        >>> answers, target = numpy.array([0, 1, 2, 1]), numpy.array([0, 1, 2, 2])
        >>> given = Predictions(answers=answers, target=target)
        >>> round(Accuracy().compute(given), 3)
        0.75
    """

    direction = "higher"
    unit = "%"
    bounds = (0.0, 1.0)
    kind = "classes"
    quick = True

    def compute(self, predictions: Predictions) -> float:
        """Returns right answers over all answers."""
        import numpy as np

        return float(np.mean(predictions.answers == predictions.target))

    def chance(self, truth: NDArray[np.generic]) -> float | None:
        """Returns the limit of the commonest class's accuracy."""
        from bakeoff.data.chance import of_classes

        return of_classes(self, truth)


class BalancedAccuracy(Metric):
    """The mean over classes of the fraction of right answers (`sklearn.metrics`).

    Example:
        >>> import numpy
        >>> answers, target = numpy.array([0, 1, 2, 1]), numpy.array([0, 1, 2, 2])
        >>> given = Predictions(answers=answers, target=target)
        >>> round(BalancedAccuracy().compute(given), 3)
        0.833
    """

    direction = "higher"
    unit = "%"
    bounds = (0.0, 1.0)
    kind = "classes"

    def compute(self, predictions: Predictions) -> float:
        """Returns the mean recall over the classes that the split has."""
        from sklearn.metrics import balanced_accuracy_score

        with warnings.catch_warnings(action="ignore"):  # Of answers that no example has.
            return float(balanced_accuracy_score(predictions.target, predictions.answers))

    def chance(self, truth: NDArray[np.generic]) -> float | None:
        """Returns the limit of answers that do not depend on the example."""
        from bakeoff.data.chance import of_recalls

        return of_recalls(self, truth)


class _TopK(Metric):
    k: Annotated[int, Field(ge=2)] = Field(default=5, kw_only=False)

    unit = "%"
    bounds = (0.0, 1.0)
    kind = "classes"
    needs = "scores"
    quick = True

    @property
    def least_classes(self) -> int:
        """More than k: with fewer, every answer is among the first."""
        return self.k + 1

    def _missed(self, predictions: Predictions) -> NDArray[np.bool_]:
        import numpy as np

        scores = predictions.scores
        if scores is None:
            raise ValueError(f"{self!r} needs scores")
        best = np.argpartition(scores, -self.k, axis=-1)[:, -self.k :]
        return np.asarray((best != predictions.target[:, None]).all(axis=-1))

    def chance(self, truth: NDArray[np.generic]) -> float | None:
        """Returns the limit of the k commonest classes."""
        from bakeoff.data.chance import of_classes

        return of_classes(self, truth, k=self.k)


class TopKError(_TopK):
    """The fraction of examples whose class is not among the k with the largest scores.

    Example:
        >>> import numpy
        >>> scores = numpy.array([[3.0, 2.0, 1.0], [1.0, 2.0, 3.0]])
        >>> target = numpy.array([1, 0])
        >>> given = Predictions(answers=scores.argmax(1), target=target, scores=scores)
        >>> TopKError(2).compute(given)
        0.5
    """

    @property
    def name(self) -> str:
        """``top5_error``."""
        return f"top{self.k}_error"

    @property
    def words(self) -> str:
        """``top-5 error``."""
        return f"top-{self.k} error"

    def compute(self, predictions: Predictions) -> float:
        """Returns the examples missed over all."""
        import numpy as np

        return float(np.mean(self._missed(predictions)))


class TopKAccuracy(_TopK):
    """The fraction of examples whose class is among the k with the largest scores.

    Example:
        >>> import numpy
        >>> scores = numpy.array([[3.0, 2.0, 1.0], [1.0, 2.0, 3.0]])
        >>> target = numpy.array([1, 0])
        >>> given = Predictions(answers=scores.argmax(1), target=target, scores=scores)
        >>> TopKAccuracy(2).compute(given)
        0.5
    """

    direction = "higher"

    @property
    def name(self) -> str:
        """``top5_accuracy``."""
        return f"top{self.k}_accuracy"

    @property
    def words(self) -> str:
        """``top-5 accuracy``."""
        return f"top-{self.k} accuracy"

    def compute(self, predictions: Predictions) -> float:
        """Returns the examples that are not missed over all."""
        import numpy as np

        return float(np.mean(~self._missed(predictions)))


class _OfDigits(Metric):
    unit = "%"
    bounds = (0.0, 1.0)
    label = "digits"
    quick = True

    def _right(self, predictions: Predictions) -> NDArray[np.bool_]:
        import numpy as np

        return np.asarray(
            predictions.outputs[self.label].argmax(axis=-1) == predictions.labels[self.label]
        )

    def chance(self, truth: NDArray[np.generic]) -> float | None:
        """Returns the limit of the commonest digit, in each place."""
        from bakeoff.data.chance import of_classes

        return of_classes(self, truth)


class DigitError(_OfDigits):
    """The fraction of single digits of `DigitPairs` that a head trained on them gets wrong.

    Example:
        >>> DigitPairs(metrics=(Error(), DigitError())).metric
        Error()
    """

    def compute(self, predictions: Predictions) -> float:
        """Returns wrong digits over all digits."""
        import numpy as np

        return float(np.mean(~self._right(predictions)))


class DigitAccuracy(_OfDigits):
    """The fraction of single digits of `DigitPairs` that a head trained on them gets right.

    Example:
        >>> DigitPairs(metrics=(Accuracy(), DigitAccuracy())).measured
        (Accuracy(), DigitAccuracy())
    """

    direction = "higher"

    def compute(self, predictions: Predictions) -> float:
        """Returns right digits over all digits."""
        import numpy as np

        return float(np.mean(self._right(predictions)))


class MacroF1(Metric):
    """The mean over classes of the harmonic mean of precision and recall (`sklearn.metrics`).

    Example:
        >>> import numpy
        >>> answers, target = numpy.array([0, 1, 2, 1]), numpy.array([0, 1, 2, 2])
        >>> given = Predictions(answers=answers, target=target)
        >>> round(MacroF1().compute(given), 3)
        0.778
    """

    direction = "higher"
    bounds = (0.0, 1.0)
    kind = "classes"
    title = "macro-F1"

    def compute(self, predictions: Predictions) -> float:
        """Returns the mean F1; a class that is never answered counts as 0."""
        from sklearn.metrics import f1_score

        return float(
            f1_score(predictions.target, predictions.answers, average="macro", zero_division=0)
        )

    def chance(self, truth: NDArray[np.generic]) -> float | None:
        """Returns the limit of answers that do not depend on the example."""
        from bakeoff.data.chance import of_macro_f1

        return of_macro_f1(self, truth)


class _OfProbabilities(Metric):
    kind = "classes"
    needs = "probabilities"

    def _probabilities(self, predictions: Predictions) -> NDArray[np.float64]:
        import numpy as np

        if predictions.probabilities is None:
            raise ValueError(f"{self!r} needs probabilities")
        # Those of single precision add up to 1 to seven digits; scikit-learn asks for more.
        probabilities = predictions.probabilities.astype(np.float64)
        return np.asarray(probabilities / probabilities.sum(axis=1, keepdims=True))


class RocAuc(_OfProbabilities):
    """The area under the ROC curve; of several classes, the mean of each against the rest.

    Example:
        >>> import numpy
        >>> sure = numpy.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]])
        >>> target = numpy.array([0, 1, 1, 1])
        >>> given = Predictions(sure.argmax(1), target, scores=sure, probabilities=sure)
        >>> round(RocAuc().compute(given), 3)
        1.0
    """

    direction = "higher"
    bounds = (0.0, 1.0)
    title = "ROC AUC"

    def compute(self, predictions: Predictions) -> float:
        """Returns the area (`sklearn.metrics.roc_auc_score`), NaN where a class is missing."""
        import numpy as np
        from sklearn.metrics import roc_auc_score

        probabilities = self._probabilities(predictions)
        if len(np.unique(predictions.target)) < probabilities.shape[1]:
            return float("nan")
        if probabilities.shape[1] == 2:
            return float(roc_auc_score(predictions.target, probabilities[:, 1]))
        return float(roc_auc_score(predictions.target, probabilities, multi_class="ovr"))

    def chance(self, truth: NDArray[np.generic]) -> float | None:
        """Returns the limit of scores that do not depend on the example."""
        from bakeoff.data.chance import of_areas

        return of_areas(self, truth)


class LogLoss(_OfProbabilities):
    """The mean negative logarithm of the probability given to the right class.

    Example:
        >>> import numpy
        >>> sure = numpy.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]])
        >>> target = numpy.array([0, 1, 1, 1])
        >>> given = Predictions(sure.argmax(1), target, scores=sure, probabilities=sure)
        >>> round(LogLoss().compute(given), 3)
        0.4
    """

    bounds = (0.0, None)
    title = "log loss"

    def compute(self, predictions: Predictions) -> float:
        """Returns the mean, in nats (`sklearn.metrics.log_loss`)."""
        from sklearn.metrics import log_loss

        probabilities = self._probabilities(predictions)
        return float(
            log_loss(predictions.target, probabilities, labels=range(probabilities.shape[1]))
        )

    def chance(self, truth: NDArray[np.generic]) -> float | None:
        """Returns the limit of the classes' probabilities."""
        from bakeoff.data.chance import of_log_loss

        return of_log_loss(self, truth)


class Brier(_OfProbabilities):
    """The mean squared distance of the probabilities from the truth (Brier 1950).

    Example:
        >>> import numpy
        >>> sure = numpy.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]])
        >>> target = numpy.array([0, 1, 1, 1])
        >>> given = Predictions(sure.argmax(1), target, scores=sure, probabilities=sure)
        >>> round(Brier().compute(given), 3)
        0.25
    """

    bounds = (0.0, 2.0)
    title = "Brier score"

    def compute(self, predictions: Predictions) -> float:
        """Returns the mean over examples of the sum over classes, from 0 to 2."""
        import numpy as np

        probabilities = self._probabilities(predictions)
        truth = np.eye(probabilities.shape[1])[predictions.target.astype(np.int64)]
        return float(np.mean(((probabilities - truth) ** 2).sum(axis=1)))

    def chance(self, truth: NDArray[np.generic]) -> float | None:
        """Returns the limit of the classes' probabilities."""
        from bakeoff.data.chance import of_brier

        return of_brier(self, truth)


class CalibrationError(_OfProbabilities):
    """How far the probability of the answer lies from how often it is right.

    The expected calibration error of Guo et al. (2017, ICML): answers are put into bins of equal
    width by their probability; the distance in each bin counts by its share of the answers.

    Attributes:
        bins: how many.

    Example:
        >>> import numpy
        >>> sure = numpy.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]])
        >>> target = numpy.array([0, 1, 1, 1])
        >>> given = Predictions(sure.argmax(1), target, scores=sure, probabilities=sure)
        >>> round(CalibrationError(bins=5).compute(given), 3)
        0.15
    """

    bins: PositiveInt = 15

    unit = "%"
    bounds = (0.0, 1.0)
    title = "calibration error"

    def compute(self, predictions: Predictions) -> float:
        """Returns the weighted mean distance."""
        import numpy as np

        probabilities = self._probabilities(predictions)
        sure = probabilities.max(axis=1)
        right = probabilities.argmax(axis=1) == predictions.target
        bins = np.minimum((sure * self.bins).astype(np.int64), self.bins - 1)
        gaps = np.bincount(bins, weights=right - sure, minlength=self.bins)
        return float(np.abs(gaps).sum() / len(sure))


class MAE(Metric):
    """The mean absolute error, in the unit of the target; over several outputs, their mean.

    Example:
        >>> import numpy
        >>> answers, target = numpy.array([1.0, 2.0, 4.0]), numpy.array([1.0, 3.0, 5.0])
        >>> given = Predictions(answers=answers, target=target)
        >>> round(MAE().compute(given), 3)
        0.667
    """

    bounds = (0.0, None)
    kind = "numbers"
    title = "MAE"

    def compute(self, predictions: Predictions) -> float:
        """Returns `sklearn.metrics.mean_absolute_error`."""
        from sklearn.metrics import mean_absolute_error

        return float(mean_absolute_error(predictions.target, predictions.answers))

    def chance(self, truth: NDArray[np.generic]) -> float | None:
        """Returns the limit of the median."""
        from bakeoff.data.chance import of_distances

        return of_distances(self, truth)


class RMSE(Metric):
    """The root of the mean squared error, in the target's unit; of several outputs, the mean.

    Example:
        >>> import numpy
        >>> answers, target = numpy.array([1.0, 2.0, 4.0]), numpy.array([1.0, 3.0, 5.0])
        >>> given = Predictions(answers=answers, target=target)
        >>> round(RMSE().compute(given), 3)
        0.816
    """

    bounds = (0.0, None)
    kind = "numbers"
    title = "RMSE"

    def compute(self, predictions: Predictions) -> float:
        """Returns `sklearn.metrics.root_mean_squared_error`."""
        from sklearn.metrics import root_mean_squared_error

        return float(root_mean_squared_error(predictions.target, predictions.answers))

    def chance(self, truth: NDArray[np.generic]) -> float | None:
        """Returns the limit of the mean."""
        from bakeoff.data.chance import of_roots

        return of_roots(self, truth)


class R2(Metric):
    """The share of the target's variance that is explained; over several outputs, their mean.

    Example:
        >>> import numpy
        >>> answers, target = numpy.array([1.0, 2.0, 4.0]), numpy.array([1.0, 3.0, 5.0])
        >>> given = Predictions(answers=answers, target=target)
        >>> round(R2().compute(given), 3)
        0.75
    """

    direction = "higher"
    bounds = (None, 1.0)
    kind = "numbers"
    title = "R²"

    def compute(self, predictions: Predictions) -> float:
        """Returns `sklearn.metrics.r2_score`."""
        from sklearn.metrics import r2_score

        return float(r2_score(predictions.target, predictions.answers))

    def chance(self, truth: NDArray[np.generic]) -> float | None:
        """Returns the limit of the mean."""
        from bakeoff.data.chance import of_variance

        return of_variance(self, truth)
