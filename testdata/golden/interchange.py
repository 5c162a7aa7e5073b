"""Tiny files as Python's safetensors and NumPy write them, for the tests of roberta/safetensors and tasks/npy.

    pip install numpy==2.4.6 safetensors==0.8.0
    python testdata/golden/interchange.py            # writes testdata/golden/interchange
    python testdata/golden/interchange.py check DIR  # reads what Go wrote: see roberta/safetensors/interchange_test.go
"""

import pathlib
import sys

import numpy
import safetensors

HERE = pathlib.Path(__file__).parent / "interchange"


def raw(dtype, shape, data):
    """The array itself comes along: the specification holds a bare pointer to it."""
    return safetensors.TensorSpec(dtype=dtype, shape=shape, data_ptr=data.ctypes.data, data_len=data.nbytes), data


def tensors():
    f32 = numpy.array([[0.1, -2.5, 3e38], [1e-45, numpy.inf, -0.0]], numpy.float32)
    return {
        "weight": raw("float32", [2, 3], f32),
        "half": raw("float16", [5], numpy.array([0, 1 / 3, -65504, 6e-8, numpy.inf], numpy.float16)),
        "brain": raw("bfloat16", [2, 2], (numpy.array([1, -2.5, 3e38, 1e-40], numpy.float32).view(numpy.uint32) >> 16).astype(numpy.uint16)),
        "ids": raw("int64", [2, 2], numpy.array([[0, -1], [2**62, -(2**63)]], numpy.int64)),
        "scalar": raw("float64", [], numpy.array(0.1)),
        "empty": raw("float32", [0, 3], numpy.zeros((0, 3), numpy.float32)),
        "mask": raw("bool", [3], numpy.array([True, False, True])),
        "bytes": raw("uint8", [3], numpy.array([0, 127, 255], numpy.uint8)),
        'näme "quoted" <&>': raw("int32", [1], numpy.array([-7], numpy.int32)),
    }


def make():
    HERE.mkdir(exist_ok=True)
    mixed = tensors()
    specifications = {name: specification for name, (specification, _) in mixed.items()}
    (HERE / "mixed.safetensors").write_bytes(safetensors.serialize(specifications, {"note": 'a "<note>"\n'}))
    (HERE / "none.safetensors").write_bytes(safetensors.serialize({}, None))
    grid = numpy.arange(24).reshape(2, 3, 4)
    arrays = {
        "f4": (grid / 7).astype("<f4"), "f8": grid / 7, "f2": (grid / 7).astype("<f2"),
        "b1": grid % 3 == 0, "i8": -grid, "i4": grid.astype("<i4"), "u1": (grid * 11).astype("u1"),
        "f4-big": (grid / 7).astype(">f4"), "f4-fortran": numpy.asfortranarray((grid / 7).astype("<f4")),
        "f8-scalar": numpy.array(0.1), "f4-empty": numpy.zeros((3, 0, 2), "<f4"), "f4-row": numpy.array([1.5, numpy.nan, -0.0], "<f4"),
    }
    for name, array in arrays.items():
        numpy.save(HERE / f"{name}.npy", array)
    for version in (2, 0), (3, 0):
        with open(HERE / f"f4-v{version[0]}.npy", "wb") as file:
            numpy.lib.format.write_array(file, arrays["f4"], version)
    numpy.save(HERE / "record.npy", numpy.zeros(2, [("a", "<f4"), ("b", "<i4")]))


def check(folder):
    found, want = (dict(safetensors.deserialize((at / "mixed.safetensors").read_bytes())) for at in (folder, HERE))
    assert found == want and len(want) == 9
    for file in sorted(folder.glob("*.npy")):
        found, want = numpy.load(file), numpy.load(HERE / file.name)
        assert found.dtype == want.dtype and found.shape == want.shape and found.tobytes() == want.tobytes(), file
        print(file.name, "read and equal")
    print("mixed.safetensors read and equal")


if __name__ == "__main__":
    check(pathlib.Path(sys.argv[2])) if sys.argv[1:2] == ["check"] else make()
