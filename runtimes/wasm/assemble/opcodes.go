package assemble

// Value is a value type.
type Value byte

const (
	I32 Value = 0x7f
	I64 Value = 0x7e
	F32 Value = 0x7d
	F64 Value = 0x7c
)

// VoidBlock is the type of a block without results.
const VoidBlock byte = 0x40

// Op is an instruction. One with a prefix has it in the high byte.
type Op uint16

const (
	Unreachable  Op = 0x00
	Nop          Op = 0x01
	Block        Op = 0x02
	Loop         Op = 0x03
	If           Op = 0x04
	Else         Op = 0x05
	End          Op = 0x0b
	Br           Op = 0x0c
	BrIf         Op = 0x0d
	BrTable      Op = 0x0e
	Return       Op = 0x0f
	Call         Op = 0x10
	CallIndirect Op = 0x11
	Drop         Op = 0x1a
	Select       Op = 0x1b
	SelectTyped  Op = 0x1c

	LocalGet  Op = 0x20
	LocalSet  Op = 0x21
	LocalTee  Op = 0x22
	GlobalGet Op = 0x23
	GlobalSet Op = 0x24

	I32Load    Op = 0x28
	I64Load    Op = 0x29
	F32Load    Op = 0x2a
	F64Load    Op = 0x2b
	I32Load8S  Op = 0x2c
	I32Load8U  Op = 0x2d
	I32Load16S Op = 0x2e
	I32Load16U Op = 0x2f
	I64Load8S  Op = 0x30
	I64Load8U  Op = 0x31
	I64Load16S Op = 0x32
	I64Load16U Op = 0x33
	I64Load32S Op = 0x34
	I64Load32U Op = 0x35
	I32Store   Op = 0x36
	I64Store   Op = 0x37
	F32Store   Op = 0x38
	F64Store   Op = 0x39
	I32Store8  Op = 0x3a
	I32Store16 Op = 0x3b
	I64Store8  Op = 0x3c
	I64Store16 Op = 0x3d
	I64Store32 Op = 0x3e

	MemorySize Op = 0x3f
	MemoryGrow Op = 0x40
	MemoryCopy Op = 0xfc0a
	MemoryFill Op = 0xfc0b

	I32Const Op = 0x41
	I64Const Op = 0x42
	F32Const Op = 0x43
	F64Const Op = 0x44

	I32Eqz Op = 0x45
	I32Eq  Op = 0x46
	I32Ne  Op = 0x47
	I32LtS Op = 0x48
	I32LtU Op = 0x49
	I32GtS Op = 0x4a
	I32GtU Op = 0x4b
	I32LeS Op = 0x4c
	I32LeU Op = 0x4d
	I32GeS Op = 0x4e
	I32GeU Op = 0x4f

	I64Eqz Op = 0x50
	I64Eq  Op = 0x51
	I64Ne  Op = 0x52
	I64LtS Op = 0x53
	I64LtU Op = 0x54
	I64GtS Op = 0x55
	I64GtU Op = 0x56
	I64LeS Op = 0x57
	I64LeU Op = 0x58
	I64GeS Op = 0x59
	I64GeU Op = 0x5a

	F64Eq Op = 0x61
	F64Ne Op = 0x62
	F64Lt Op = 0x63
	F64Gt Op = 0x64
	F64Le Op = 0x65
	F64Ge Op = 0x66

	I32Add  Op = 0x6a
	I32Sub  Op = 0x6b
	I32Mul  Op = 0x6c
	I32DivS Op = 0x6d
	I32RemU Op = 0x70
	I32And  Op = 0x71
	I32Or   Op = 0x72
	I32Xor  Op = 0x73
	I32Shl  Op = 0x74
	I32ShrU Op = 0x76

	I64Clz  Op = 0x79
	I64Add  Op = 0x7c
	I64Sub  Op = 0x7d
	I64Mul  Op = 0x7e
	I64DivS Op = 0x7f
	I64DivU Op = 0x80
	I64RemS Op = 0x81
	I64RemU Op = 0x82
	I64And  Op = 0x83
	I64Or   Op = 0x84
	I64Xor  Op = 0x85
	I64Shl  Op = 0x86
	I64ShrS Op = 0x87
	I64ShrU Op = 0x88

	F64Abs      Op = 0x99
	F64Neg      Op = 0x9a
	F64Ceil     Op = 0x9b
	F64Floor    Op = 0x9c
	F64Trunc    Op = 0x9d
	F64Nearest  Op = 0x9e
	F64Sqrt     Op = 0x9f
	F64Add      Op = 0xa0
	F64Sub      Op = 0xa1
	F64Mul      Op = 0xa2
	F64Div      Op = 0xa3
	F64Max      Op = 0xa5
	F64Copysign Op = 0xa6

	I32WrapI64        Op = 0xa7
	I32TruncF32S      Op = 0xa8
	I32TruncF64U      Op = 0xab
	I64ExtendI32S     Op = 0xac
	I64ExtendI32U     Op = 0xad
	I64TruncF32S      Op = 0xae
	I64TruncF64S      Op = 0xb0
	I64TruncF64U      Op = 0xb1
	F32DemoteF64      Op = 0xb6
	F64ConvertI32U    Op = 0xb8
	F64ConvertI64S    Op = 0xb9
	F64PromoteF32     Op = 0xbb
	I64ReinterpretF64 Op = 0xbd
	F64ReinterpretI64 Op = 0xbf
	I32Extend8S       Op = 0xc0
	I32Extend16S      Op = 0xc1
	I64Extend32S      Op = 0xc4 // the last of those on numbers that have no prefix

	Prefix Op = 0xfc // the byte before the low ones of 0xfc00 and more: saturating conversions, and what touches memory and tables
)
