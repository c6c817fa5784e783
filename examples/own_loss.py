"""Does a focal loss help the class that is hardest? A loss and a metric of one's own."""

from torch.nn.functional import cross_entropy

from bakeoff import *


class Focal(Loss):  # Lin et al. 2017
    def compute(self, output, label):
        each = cross_entropy(output, label, reduction="none")
        return ((1 - (-each).exp()) ** 2 * each).mean()


class WorstRecall(Metric):
    direction, unit, bounds = "higher", "%", (0.0, 1.0)

    def compute(self, predictions):
        right, label = predictions.answers == predictions.target, predictions.target
        return min(right[label == each].mean() for each in set(label.tolist()))


net = Network(Linear(50), ReLU(), Linear(10), Head("digit"), input=(1, 28, 28))
usual = Variant(name="usual", model=net)
study = Study(
    name="own-loss",
    task=Digits(train=2000, test=2000, metrics=(WorstRecall(), Accuracy())),
    variants=(usual, usual.replace(name="focal", objective=Focal())),
    claims=(Claim(id="1", quote="It does.", test=Better("focal", than="usual")),),
)
