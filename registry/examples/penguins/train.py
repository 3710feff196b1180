"""Trains the two models of this package. It is run by hand, with scikit-learn 1.6.1, skl2onnx 1.18.0, onnx 1.17.0 and protobuf 4.25.5:

    python train.py path/to/penguins.json

The data are the Palmer penguins, as vega-datasets has them. A fifth of them is held back, and what the models make of it is printed.
"""
import json
import sys

import joblib
import numpy as np
from skl2onnx import to_onnx
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

MEASURES = ["Beak Length (mm)", "Beak Depth (mm)", "Flipper Length (mm)"]

with open(sys.argv[1]) as f:
    rows = [r for r in json.load(f) if all(r[m] is not None for m in MEASURES) and r["Body Mass (g)"] is not None]
measures = np.array([[r[m] for m in MEASURES] for r in rows], float)
species = np.array([r["Species"] for r in rows])
mass = np.array([r["Body Mass (g)"] for r in rows], float)
train, test = train_test_split(np.arange(len(rows)), test_size=0.2, random_state=1, stratify=species)

classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
classifier.fit(measures[train], species[train])
print(f"species: {classifier.score(measures[test], species[test]):.3f} of {len(test)} right")
joblib.dump(classifier, "species.joblib", compress=3)

regressor = GradientBoostingRegressor(n_estimators=60, max_depth=2, random_state=1)
regressor.fit(measures[train].astype(np.float32), mass[train])
print(f"mass: wrong by {mean_absolute_error(mass[test], regressor.predict(measures[test].astype(np.float32))):.0f} g on average")
with open("mass.onnx", "wb") as f:
    f.write(to_onnx(regressor, measures[:1].astype(np.float32), target_opset=17).SerializeToString())
