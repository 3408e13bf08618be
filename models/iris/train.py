"""A user's own training script, by the contract of AWS's scikit-learn image: logistic regression on iris."""

import json
import os
from pathlib import Path

import joblib
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split

hyperparameters = json.loads(os.environ["SM_HPS"])
target = hyperparameters["target"]
features = hyperparameters["features"]
# AWS's toolkit decodes what is JSON, other runners may not.
features = json.loads(features) if isinstance(features, str) else features
names = [feature["name"] for feature in features]
(file,) = Path(os.environ["SM_CHANNEL_TRAIN"]).rglob("*.csv")
table = np.genfromtxt(file, delimiter=",", names=True, dtype=None, encoding="utf-8")
rows = np.column_stack([table[name] for name in names]).astype(float)
seen, held, labels, actual = train_test_split(
    rows,
    table[target],
    test_size=0.2,
    random_state=int(hyperparameters.get("seed", 0)),
    stratify=table[target],
)
model = LogisticRegression(C=float(hyperparameters.get("C", 1)), max_iter=1000).fit(seen, labels)
print(f"metric validation:accuracy={accuracy_score(actual, model.predict(held))};")
joblib.dump(model, Path(os.environ["SM_MODEL_DIR"]) / "model.joblib")
