import io

import dreamql
import joblib
import numpy as np
import onnxruntime

# Both are loaded once a process, and serve all batches. joblib runs code that a model's file brings: here that code is shut in too.
classifier = joblib.load(io.BytesIO(dreamql.read("species.joblib")))
regressor = onnxruntime.InferenceSession(dreamql.read("mass.onnx"), providers=["CPUExecutionProvider"])
measures = regressor.get_inputs()[0].name


def species(beak_length, beak_depth, flipper_length):
    return classifier.predict(np.column_stack([beak_length, beak_depth, flipper_length]))


def confidence(beak_length, beak_depth, flipper_length):
    return classifier.predict_proba(np.column_stack([beak_length, beak_depth, flipper_length])).max(axis=1)


def mass(beak_length, beak_depth, flipper_length):
    columns = np.column_stack([beak_length, beak_depth, flipper_length]).astype(np.float32)
    return regressor.run(None, {measures: columns})[0].ravel()
