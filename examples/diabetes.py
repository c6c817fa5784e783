"""How far off are predictions of diabetes? Regression, by the mean absolute error."""

from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge

from bakeoff import *


def patients():
    return load_diabetes(return_X_y=True)


def network(name: str, loss: Loss) -> Variant:
    net = Network(Linear(32), ReLU(), Linear(1), Head("progression"), input=(10,))
    return Variant(name=name, model=net, objective=loss, recipe=Recipe(epochs=60, batch=32))


study = Study(
    name="diabetes",
    task=Regression(FromFunction(patients), train=350, test=92, metrics=(MAE(), R2())),
    variants=(
        network("squared", SquaredError()),
        network("Huber", Huber()),
        Variant(name="ridge", model=Estimator(Ridge(alpha=1.0))),
        Variant(name="forest", model=Estimator(RandomForestRegressor())),
    ),
    claims=(Claim(id="1", quote="46 or less.", test=Reaches(("Huber", "ridge"), value=46.0)),),
)
