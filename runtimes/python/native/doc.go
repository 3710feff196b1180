// Package native runs column functions in Python on native CPython, with NumPy, scikit-learn, ONNX Runtime and whatever else an
// environment holds that the operator has created (environment.go).
//
// A function gets whole columns and returns one. The columns lie in memory that both processes share, in Arrow's layout
// (wire.go), so that NumPy and pyarrow see them without a copy; results are copied out before they are looked at, because
// the other side may change them at any time. A Host starts the processes: Local on this machine, and in an executor, which
// may start nothing, the worker (cmd/dreamql wires the two).
//
// The process is shut in by sandbox.Exec before its interpreter starts, runs driver.py, and belongs to one tenant for good.
// Nothing that it says is trusted. A deadline kills it.
//
// A new type is a case in layout.go, results.go and driver.py.
package native
