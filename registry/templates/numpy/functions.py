import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# A function gets whole columns and returns one of the same length. How many rows come at a time is the engine's affair: the
# result for a row must depend on that row alone.


def custom_score(score, boost):
    return score * (1 + boost)


# What may be absent comes with a mask, or as a pyarrow array. NaN is a value, and not absent.
def filled(x: np.ma.MaskedArray, otherwise: np.ndarray):
    return np.where(x.mask, otherwise, x.data)


# Texts come as pyarrow arrays.
def initials(text: pa.StringArray):
    return pc.utf8_upper(pc.replace_substring_regex(text, pattern=r"\s*(\S)\S*\s*", replacement=r"\1"))
