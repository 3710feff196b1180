package funcs

import "math"

var (
	sinh      = float1("sinh", "The hyperbolic sine.", math.Sinh, eg("sinh(0)", "0.0"))
	cosh      = float1("cosh", "The hyperbolic cosine.", math.Cosh, eg("cosh(0)", "1.0"))
	tanh      = float1("tanh", "The hyperbolic tangent.", math.Tanh, eg("tanh(0)", "0.0"))
	arcSinh   = float1("asinh", "The number with this hyperbolic sine.", math.Asinh, eg("asinh(0)", "0.0"))
	arcCosh   = float1("acosh", "The number with this hyperbolic cosine; NaN below 1.", math.Acosh, eg("acosh(1)", "0.0"))
	arcTanh   = float1("atanh", "The number with this hyperbolic tangent; NaN outside -1 to 1.", math.Atanh, eg("atanh(0)", "0.0"))
	cotangent = float1("cot", "The cotangent of an angle in radians.", func(x float64) float64 { return 1 / math.Tan(x) }, eg("round(cot(pi() / 4), 9)", "1.0"))
	cubeRoot  = float1("cbrt", "The cube root.", math.Cbrt, eg("cbrt(-27)", "-3.0"))
	expm1     = float1("expm1", "exp(x) - 1, exact near 0.", math.Expm1, eg("expm1(0)", "0.0"))
	log1p     = float1("log1p", "ln(1 + x), exact near 0.", math.Log1p, eg("log1p(0)", "0.0"))
	hypot     = float2("hypot", "The length of the hypotenuse, √(x² + y²).", "(x: float, y: float) => float", math.Hypot, eg("hypot(3, 4)", "5.0"))
)

// constantFunc builds a function without arguments.
func constantFunc(name, doc string, x float64, ex Example) *Func {
	return scalarFunc("mathematics", name, doc, Overload{Signature: "() => float", Examples: []Example{ex}, Kernel: rowCells(func(row) (float64, error) { return x, nil })})
}

var (
	pi       = constantFunc("pi", "The number π.", math.Pi, eg("round(pi(), 5)", "3.14159"))
	euler    = constantFunc("e", "Euler's number, the base of the natural logarithm.", math.E, eg("ln(e())", "1.0"))
	infinity = constantFunc("infinity", "The float above all numbers; -infinity() is below them.", math.Inf(1), eg("infinity() > 1e308", "true"))
	nan      = constantFunc("nan", "The float that is no number. It equals itself and comes after every number.", math.NaN(), eg("is_nan(nan())", "true"))
)

var isFinite = scalarFunc("mathematics", "is_finite", "Whether the float is a number: neither NaN nor infinite.",
	Overload{Signature: "(x: float) => bool", Examples: []Example{eg("is_finite(1.5)", "true"), eg("is_finite(ln(0))", "false")},
		Kernel: rowBits(func(r row) (bool, error) { x := r.float(0); return x-x == 0, nil })})

var isInfinite = scalarFunc("mathematics", "is_infinite", "Whether the float is infinite, of either sign.",
	Overload{Signature: "(x: float) => bool", Examples: []Example{eg("is_infinite(ln(0))", "true")},
		Kernel: rowBits(func(r row) (bool, error) { return math.IsInf(r.float(0), 0), nil })})
