"""What tests of training share: a round that small networks can learn, and a short training."""

import pytest
from made_workload import made_round, made_workload


@pytest.fixture(scope="session")
def round_data():
    return made_round()


@pytest.fixture
def workload(round_data):
    return made_workload(round_data)
