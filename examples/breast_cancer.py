"""Does a network beat logistic regression and boosted trees on a small table? By ROC AUC."""

from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from bakeoff import *


def tumours():
    return load_breast_cancer(return_X_y=True)


def network(name: str, *layers: Layer) -> Variant:
    net = Network(*layers, Linear(1), Head("benign"), input=(30,))
    return Variant(name=name, model=net, objective=BinaryCrossEntropy(), recipe=Recipe(epochs=40))


study = Study(
    name="breast-cancer",
    task=Classification(FromFunction(tumours), train=400, test=169, metrics=(RocAuc(),)),
    variants=(
        network("small", Linear(16), ReLU()),
        network("large", Linear(64), ReLU(), Linear(32), ReLU()),
        Variant(name="logistic", model=Estimator(LogisticRegression())),
        Variant(name="trees", model=Estimator(HistGradientBoostingClassifier())),
    ),
    claims=(Claim(id="1", quote="It does.", test=Better("small", than=("logistic", "trees"))),),
)
