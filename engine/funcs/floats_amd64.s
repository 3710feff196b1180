#include "textflag.h"

// Each takes a multiple of 16 numbers, four in a register; see floats.go for what they compute.

// func scaleAVX2(a *float64, c float64, out *float64, n int)
TEXT ·scaleAVX2(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	VBROADCASTSD c+8(FP), Y0
	MOVQ out+16(FP), DI
	MOVQ n+24(FP), CX
scale:
	VMULPD (SI), Y0, Y1
	VMULPD 32(SI), Y0, Y2
	VMULPD 64(SI), Y0, Y3
	VMULPD 96(SI), Y0, Y4
	VMOVUPD Y1, (DI)
	VMOVUPD Y2, 32(DI)
	VMOVUPD Y3, 64(DI)
	VMOVUPD Y4, 96(DI)
	ADDQ $128, SI
	ADDQ $128, DI
	SUBQ $16, CX
	JNZ scale
	VZEROUPPER
	RET

// func shiftAVX2(a *float64, c float64, out *float64, n int)
TEXT ·shiftAVX2(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	VBROADCASTSD c+8(FP), Y0
	MOVQ out+16(FP), DI
	MOVQ n+24(FP), CX
shift:
	VADDPD (SI), Y0, Y1
	VADDPD 32(SI), Y0, Y2
	VADDPD 64(SI), Y0, Y3
	VADDPD 96(SI), Y0, Y4
	VMOVUPD Y1, (DI)
	VMOVUPD Y2, 32(DI)
	VMOVUPD Y3, 64(DI)
	VMOVUPD Y4, 96(DI)
	ADDQ $128, SI
	ADDQ $128, DI
	SUBQ $16, CX
	JNZ shift
	VZEROUPPER
	RET

// compare writes two bytes of bits for sixteen numbers.
#define COMPARE(predicate) \
	VMOVUPD (SI), Y1 \
	VMOVUPD 32(SI), Y2 \
	VMOVUPD 64(SI), Y3 \
	VMOVUPD 96(SI), Y4 \
	VCMPPD predicate, Y0, Y1, Y1 \
	VCMPPD predicate, Y0, Y2, Y2 \
	VCMPPD predicate, Y0, Y3, Y3 \
	VCMPPD predicate, Y0, Y4, Y4 \
	VMOVMSKPD Y1, AX \
	VMOVMSKPD Y2, BX \
	VMOVMSKPD Y3, DX \
	VMOVMSKPD Y4, R8 \
	SHLQ $4, BX \
	SHLQ $8, DX \
	SHLQ $12, R8 \
	ORQ BX, AX \
	ORQ R8, DX \
	ORQ DX, AX \
	MOVW AX, (DI) \
	ADDQ $128, SI \
	ADDQ $2, DI \
	SUBQ $16, CX

// func lessAVX2(a *float64, c float64, out *uint64, n int)
TEXT ·lessAVX2(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	VBROADCASTSD c+8(FP), Y0
	MOVQ out+16(FP), DI
	MOVQ n+24(FP), CX
less:
	COMPARE($0x11)
	JNZ less
	VZEROUPPER
	RET

// func lessEqualAVX2(a *float64, c float64, out *uint64, n int)
TEXT ·lessEqualAVX2(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	VBROADCASTSD c+8(FP), Y0
	MOVQ out+16(FP), DI
	MOVQ n+24(FP), CX
lessEqual:
	COMPARE($0x12)
	JNZ lessEqual
	VZEROUPPER
	RET

// func equalAVX2(a *float64, c float64, out *uint64, n int)
TEXT ·equalAVX2(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	VBROADCASTSD c+8(FP), Y0
	MOVQ out+16(FP), DI
	MOVQ n+24(FP), CX
equal:
	COMPARE($0x00)
	JNZ equal
	VZEROUPPER
	RET
