#include "textflag.h"

// Floats against a constant, four in a register: each takes a multiple of 16 numbers.

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

// func fromAVX2(a *float64, c float64, out *float64, n int)
TEXT ·fromAVX2(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	VBROADCASTSD c+8(FP), Y0
	MOVQ out+16(FP), DI
	MOVQ n+24(FP), CX
from:
	VSUBPD (SI), Y0, Y1
	VSUBPD 32(SI), Y0, Y2
	VSUBPD 64(SI), Y0, Y3
	VSUBPD 96(SI), Y0, Y4
	VMOVUPD Y1, (DI)
	VMOVUPD Y2, 32(DI)
	VMOVUPD Y3, 64(DI)
	VMOVUPD Y4, 96(DI)
	ADDQ $128, SI
	ADDQ $128, DI
	SUBQ $16, CX
	JNZ from
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

// Integers against a constant, with AVX-512: each takes a number of whole words of bits. The constant is on the left, so that the
// values can come from memory: 6 is "greater", 0 "equal".

#define COMPARE_WORDS(predicate) \
	VPCMPQ predicate, (SI), Z0, K1 \
	VPCMPQ predicate, 64(SI), Z0, K2 \
	VPCMPQ predicate, 128(SI), Z0, K3 \
	VPCMPQ predicate, 192(SI), Z0, K4 \
	VPCMPQ predicate, 256(SI), Z0, K5 \
	VPCMPQ predicate, 320(SI), Z0, K6 \
	VPCMPQ predicate, 384(SI), Z0, K7 \
	KUNPCKBW K1, K2, K1 \
	KUNPCKBW K3, K4, K3 \
	KUNPCKBW K5, K6, K5 \
	VPCMPQ predicate, 448(SI), Z0, K2 \
	KUNPCKBW K7, K2, K7 \
	KUNPCKWD K1, K3, K1 \
	KUNPCKWD K5, K7, K5 \
	KUNPCKDQ K1, K5, K1 \
	KMOVQ K1, (DI) \
	ADDQ $512, SI \
	ADDQ $8, DI \
	DECQ CX

// func less64AVX512(a *int64, c int64, out *uint64, words int)
TEXT ·less64AVX512(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	VPBROADCASTQ c+8(FP), Z0
	MOVQ out+16(FP), DI
	MOVQ words+24(FP), CX
less64:
	COMPARE_WORDS($6)
	JNZ less64
	VZEROUPPER
	RET

// func equal64AVX512(a *int64, c int64, out *uint64, words int)
TEXT ·equal64AVX512(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	VPBROADCASTQ c+8(FP), Z0
	MOVQ out+16(FP), DI
	MOVQ words+24(FP), CX
equal64:
	COMPARE_WORDS($0)
	JNZ equal64
	VZEROUPPER
	RET

#define COMPARE_HALVES(predicate) \
	VPCMPD predicate, (SI), Z0, K1 \
	VPCMPD predicate, 64(SI), Z0, K2 \
	VPCMPD predicate, 128(SI), Z0, K3 \
	VPCMPD predicate, 192(SI), Z0, K4 \
	KUNPCKWD K1, K2, K1 \
	KUNPCKWD K3, K4, K3 \
	KUNPCKDQ K1, K3, K1 \
	KMOVQ K1, (DI) \
	ADDQ $256, SI \
	ADDQ $8, DI \
	DECQ CX

// func less32AVX512(a *int32, c int32, out *uint64, words int)
TEXT ·less32AVX512(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	MOVL c+8(FP), AX
	VPBROADCASTD AX, Z0
	MOVQ out+16(FP), DI
	MOVQ words+24(FP), CX
less32:
	COMPARE_HALVES($6)
	JNZ less32
	VZEROUPPER
	RET

// func equal32AVX512(a *int32, c int32, out *uint64, words int)
TEXT ·equal32AVX512(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	MOVL c+8(FP), AX
	VPBROADCASTD AX, Z0
	MOVQ out+16(FP), DI
	MOVQ words+24(FP), CX
equal32:
	COMPARE_HALVES($0)
	JNZ equal32
	VZEROUPPER
	RET

// Choosing by a bitmap, with AVX-512: each takes a number of whole words of bits, and writes whole registers.

#define KEEP_EIGHT(from) \
	VMOVDQU64 from(SI), Z0 \
	KMOVB AX, K1 \
	VPCOMPRESSQ.Z Z0, K1, Z0 \
	VMOVDQU64 Z0, (DI) \
	MOVBLZX AX, BX \
	POPCNTL BX, BX \
	LEAQ (DI)(BX*8), DI \
	SHRQ $8, AX

// func keep64AVX512(in, out, keep *uint64, words int) int
TEXT ·keep64AVX512(SB), NOSPLIT, $0-40
	MOVQ in+0(FP), SI
	MOVQ out+8(FP), DI
	MOVQ keep+16(FP), DX
	MOVQ words+24(FP), CX
keep64:
	MOVQ (DX), AX
	TESTQ AX, AX
	JZ keep64next
	KEEP_EIGHT(0)
	KEEP_EIGHT(64)
	KEEP_EIGHT(128)
	KEEP_EIGHT(192)
	KEEP_EIGHT(256)
	KEEP_EIGHT(320)
	KEEP_EIGHT(384)
	KEEP_EIGHT(448)
keep64next:
	ADDQ $512, SI
	ADDQ $8, DX
	DECQ CX
	JNZ keep64
	VZEROUPPER
	SUBQ out+8(FP), DI
	SHRQ $3, DI
	MOVQ DI, ret+32(FP)
	RET

#define KEEP_SIXTEEN(from) \
	VMOVDQU32 from(SI), Z0 \
	KMOVW AX, K1 \
	VPCOMPRESSD.Z Z0, K1, Z0 \
	VMOVDQU32 Z0, (DI) \
	MOVWLZX AX, BX \
	POPCNTL BX, BX \
	LEAQ (DI)(BX*4), DI \
	SHRQ $16, AX

// func keep32AVX512(in, out *uint32, keep *uint64, words int) int
TEXT ·keep32AVX512(SB), NOSPLIT, $0-40
	MOVQ in+0(FP), SI
	MOVQ out+8(FP), DI
	MOVQ keep+16(FP), DX
	MOVQ words+24(FP), CX
keep32:
	MOVQ (DX), AX
	TESTQ AX, AX
	JZ keep32next
	KEEP_SIXTEEN(0)
	KEEP_SIXTEEN(64)
	KEEP_SIXTEEN(128)
	KEEP_SIXTEEN(192)
keep32next:
	ADDQ $256, SI
	ADDQ $8, DX
	DECQ CX
	JNZ keep32
	VZEROUPPER
	SUBQ out+8(FP), DI
	SHRQ $2, DI
	MOVQ DI, ret+32(FP)
	RET

// func keep16AVX512(in, out *uint16, keep *uint64, words int) int
TEXT ·keep16AVX512(SB), NOSPLIT, $0-40
	MOVQ in+0(FP), SI
	MOVQ out+8(FP), DI
	MOVQ keep+16(FP), DX
	MOVQ words+24(FP), CX
keep16:
	MOVQ (DX), AX
	VMOVDQU16 (SI), Z0
	KMOVD AX, K1
	VPCOMPRESSW.Z Z0, K1, Z0
	VMOVDQU16 Z0, (DI)
	POPCNTL AX, BX
	LEAQ (DI)(BX*2), DI
	SHRQ $32, AX
	VMOVDQU16 64(SI), Z1
	KMOVD AX, K2
	VPCOMPRESSW.Z Z1, K2, Z1
	VMOVDQU16 Z1, (DI)
	POPCNTL AX, BX
	LEAQ (DI)(BX*2), DI
	ADDQ $128, SI
	ADDQ $8, DX
	DECQ CX
	JNZ keep16
	VZEROUPPER
	SUBQ out+8(FP), DI
	SHRQ $1, DI
	MOVQ DI, ret+32(FP)
	RET

// func keep8AVX512(in, out *uint8, keep *uint64, words int) int
TEXT ·keep8AVX512(SB), NOSPLIT, $0-40
	MOVQ in+0(FP), SI
	MOVQ out+8(FP), DI
	MOVQ keep+16(FP), DX
	MOVQ words+24(FP), CX
keep8:
	MOVQ (DX), AX
	VMOVDQU8 (SI), Z0
	KMOVQ AX, K1
	VPCOMPRESSB.Z Z0, K1, Z0
	VMOVDQU8 Z0, (DI)
	POPCNTQ AX, BX
	ADDQ BX, DI
	ADDQ $64, SI
	ADDQ $8, DX
	DECQ CX
	JNZ keep8
	VZEROUPPER
	SUBQ out+8(FP), DI
	MOVQ DI, ret+32(FP)
	RET

// func floatsAVX512(a *int64, out *float64, n int)
TEXT ·floatsAVX512(SB), NOSPLIT, $0-24
	MOVQ a+0(FP), SI
	MOVQ out+8(FP), DI
	MOVQ n+16(FP), CX
floats:
	VCVTQQ2PD (SI), Z0
	VCVTQQ2PD 64(SI), Z1
	VMOVUPD Z0, (DI)
	VMOVUPD Z1, 64(DI)
	ADDQ $128, SI
	ADDQ $128, DI
	SUBQ $16, CX
	JNZ floats
	VZEROUPPER
	RET

// func mulAVX2(a, b, out *float64, n int)
TEXT ·mulAVX2(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	MOVQ b+8(FP), DX
	MOVQ out+16(FP), DI
	MOVQ n+24(FP), CX
mul:
	VMOVUPD (SI), Y0
	VMOVUPD 32(SI), Y1
	VMOVUPD 64(SI), Y2
	VMOVUPD 96(SI), Y3
	VMULPD (DX), Y0, Y0
	VMULPD 32(DX), Y1, Y1
	VMULPD 64(DX), Y2, Y2
	VMULPD 96(DX), Y3, Y3
	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	VMOVUPD Y2, 64(DI)
	VMOVUPD Y3, 96(DI)
	ADDQ $128, SI
	ADDQ $128, DX
	ADDQ $128, DI
	SUBQ $16, CX
	JNZ mul
	VZEROUPPER
	RET

// func addAVX2(a, b, out *float64, n int)
TEXT ·addAVX2(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	MOVQ b+8(FP), DX
	MOVQ out+16(FP), DI
	MOVQ n+24(FP), CX
add:
	VMOVUPD (SI), Y0
	VMOVUPD 32(SI), Y1
	VMOVUPD 64(SI), Y2
	VMOVUPD 96(SI), Y3
	VADDPD (DX), Y0, Y0
	VADDPD 32(DX), Y1, Y1
	VADDPD 64(DX), Y2, Y2
	VADDPD 96(DX), Y3, Y3
	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	VMOVUPD Y2, 64(DI)
	VMOVUPD Y3, 96(DI)
	ADDQ $128, SI
	ADDQ $128, DX
	ADDQ $128, DI
	SUBQ $16, CX
	JNZ add
	VZEROUPPER
	RET

// func subAVX2(a, b, out *float64, n int)
TEXT ·subAVX2(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	MOVQ b+8(FP), DX
	MOVQ out+16(FP), DI
	MOVQ n+24(FP), CX
sub:
	VMOVUPD (SI), Y0
	VMOVUPD 32(SI), Y1
	VMOVUPD 64(SI), Y2
	VMOVUPD 96(SI), Y3
	VSUBPD (DX), Y0, Y0
	VSUBPD 32(DX), Y1, Y1
	VSUBPD 64(DX), Y2, Y2
	VSUBPD 96(DX), Y3, Y3
	VMOVUPD Y0, (DI)
	VMOVUPD Y1, 32(DI)
	VMOVUPD Y2, 64(DI)
	VMOVUPD Y3, 96(DI)
	ADDQ $128, SI
	ADDQ $128, DX
	ADDQ $128, DI
	SUBQ $16, CX
	JNZ sub
	VZEROUPPER
	RET

// func less16AVX512(a *int16, c int16, out *uint64, words int)
TEXT ·less16AVX512(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	MOVWLSX c+8(FP), AX
	VPBROADCASTW AX, Z0
	MOVQ out+16(FP), DI
	MOVQ words+24(FP), CX
less16:
	VPCMPW $6, (SI), Z0, K1
	VPCMPW $6, 64(SI), Z0, K2
	KUNPCKDQ K1, K2, K1
	KMOVQ K1, (DI)
	ADDQ $128, SI
	ADDQ $8, DI
	DECQ CX
	JNZ less16
	VZEROUPPER
	RET

// func equal16AVX512(a *int16, c int16, out *uint64, words int)
TEXT ·equal16AVX512(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	MOVWLSX c+8(FP), AX
	VPBROADCASTW AX, Z0
	MOVQ out+16(FP), DI
	MOVQ words+24(FP), CX
equal16:
	VPCMPW $0, (SI), Z0, K1
	VPCMPW $0, 64(SI), Z0, K2
	KUNPCKDQ K1, K2, K1
	KMOVQ K1, (DI)
	ADDQ $128, SI
	ADDQ $8, DI
	DECQ CX
	JNZ equal16
	VZEROUPPER
	RET

// func less8AVX512(a *int8, c int8, out *uint64, words int)
TEXT ·less8AVX512(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	MOVBLSX c+8(FP), AX
	VPBROADCASTB AX, Z0
	MOVQ out+16(FP), DI
	MOVQ words+24(FP), CX
less8:
	VPCMPB $6, (SI), Z0, K1
	KMOVQ K1, (DI)
	ADDQ $64, SI
	ADDQ $8, DI
	DECQ CX
	JNZ less8
	VZEROUPPER
	RET

// func equal8AVX512(a *int8, c int8, out *uint64, words int)
TEXT ·equal8AVX512(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	MOVBLSX c+8(FP), AX
	VPBROADCASTB AX, Z0
	MOVQ out+16(FP), DI
	MOVQ words+24(FP), CX
equal8:
	VPCMPB $0, (SI), Z0, K1
	KMOVQ K1, (DI)
	ADDQ $64, SI
	ADDQ $8, DI
	DECQ CX
	JNZ equal8
	VZEROUPPER
	RET

// func widen32AVX512(a *int32, out *int64, n int)
TEXT ·widen32AVX512(SB), NOSPLIT, $0-24
	MOVQ a+0(FP), SI
	MOVQ out+8(FP), DI
	MOVQ n+16(FP), CX
widen32:
	VPMOVSXDQ (SI), Z0
	VPMOVSXDQ 32(SI), Z1
	VMOVDQU64 Z0, (DI)
	VMOVDQU64 Z1, 64(DI)
	ADDQ $64, SI
	ADDQ $128, DI
	SUBQ $16, CX
	JNZ widen32
	VZEROUPPER
	RET

// func floats32AVX512(a *int32, out *float64, n int)
TEXT ·floats32AVX512(SB), NOSPLIT, $0-24
	MOVQ a+0(FP), SI
	MOVQ out+8(FP), DI
	MOVQ n+16(FP), CX
floats32:
	VPMOVSXDQ (SI), Z0
	VPMOVSXDQ 32(SI), Z1
	VCVTQQ2PD Z0, Z0
	VCVTQQ2PD Z1, Z1
	VMOVDQU64 Z0, (DI)
	VMOVDQU64 Z1, 64(DI)
	ADDQ $64, SI
	ADDQ $128, DI
	SUBQ $16, CX
	JNZ floats32
	VZEROUPPER
	RET

// func widen16AVX512(a *int16, out *int64, n int)
TEXT ·widen16AVX512(SB), NOSPLIT, $0-24
	MOVQ a+0(FP), SI
	MOVQ out+8(FP), DI
	MOVQ n+16(FP), CX
widen16:
	VPMOVSXWQ (SI), Z0
	VPMOVSXWQ 16(SI), Z1
	VMOVDQU64 Z0, (DI)
	VMOVDQU64 Z1, 64(DI)
	ADDQ $32, SI
	ADDQ $128, DI
	SUBQ $16, CX
	JNZ widen16
	VZEROUPPER
	RET

// func floats16AVX512(a *int16, out *float64, n int)
TEXT ·floats16AVX512(SB), NOSPLIT, $0-24
	MOVQ a+0(FP), SI
	MOVQ out+8(FP), DI
	MOVQ n+16(FP), CX
floats16:
	VPMOVSXWQ (SI), Z0
	VPMOVSXWQ 16(SI), Z1
	VCVTQQ2PD Z0, Z0
	VCVTQQ2PD Z1, Z1
	VMOVDQU64 Z0, (DI)
	VMOVDQU64 Z1, 64(DI)
	ADDQ $32, SI
	ADDQ $128, DI
	SUBQ $16, CX
	JNZ floats16
	VZEROUPPER
	RET

// func widen8AVX512(a *int8, out *int64, n int)
TEXT ·widen8AVX512(SB), NOSPLIT, $0-24
	MOVQ a+0(FP), SI
	MOVQ out+8(FP), DI
	MOVQ n+16(FP), CX
widen8:
	VPMOVSXBQ (SI), Z0
	VPMOVSXBQ 8(SI), Z1
	VMOVDQU64 Z0, (DI)
	VMOVDQU64 Z1, 64(DI)
	ADDQ $16, SI
	ADDQ $128, DI
	SUBQ $16, CX
	JNZ widen8
	VZEROUPPER
	RET

// func floats8AVX512(a *int8, out *float64, n int)
TEXT ·floats8AVX512(SB), NOSPLIT, $0-24
	MOVQ a+0(FP), SI
	MOVQ out+8(FP), DI
	MOVQ n+16(FP), CX
floats8:
	VPMOVSXBQ (SI), Z0
	VPMOVSXBQ 8(SI), Z1
	VCVTQQ2PD Z0, Z0
	VCVTQQ2PD Z1, Z1
	VMOVDQU64 Z0, (DI)
	VMOVDQU64 Z1, 64(DI)
	ADDQ $16, SI
	ADDQ $128, DI
	SUBQ $16, CX
	JNZ floats8
	VZEROUPPER
	RET

// Sums of what bits choose, and sizes, with AVX-512.

// TOTAL adds the eight words of Z0 and leaves the sum in AX.
#define TOTAL \
	VEXTRACTI64X4 $1, Z0, Y1 \
	VPADDQ Y1, Y0, Y0 \
	VEXTRACTI128 $1, Y0, X1 \
	VPADDQ X1, X0, X0 \
	VPSHUFD $0xEE, X0, X1 \
	VPADDQ X1, X0, X0 \
	VMOVQ X0, AX

// MASKS takes the eight bytes of a word of bits.
#define MASKS \
	KMOVB (DX), K1 \
	KMOVB 1(DX), K2 \
	KMOVB 2(DX), K3 \
	KMOVB 3(DX), K4 \
	KMOVB 4(DX), K5 \
	KMOVB 5(DX), K6 \
	KMOVB 6(DX), K7

// func sumKept64AVX512(a *int64, keep *uint64, words int) int64
TEXT ·sumKept64AVX512(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	MOVQ keep+8(FP), DX
	MOVQ words+16(FP), CX
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	VPXORQ Z2, Z2, Z2
	VPXORQ Z3, Z3, Z3
sumKept64:
	MASKS
	VPADDQ (SI), Z0, K1, Z0
	KMOVB 7(DX), K1
	VPADDQ 64(SI), Z1, K2, Z1
	VPADDQ 128(SI), Z2, K3, Z2
	VPADDQ 192(SI), Z3, K4, Z3
	VPADDQ 256(SI), Z0, K5, Z0
	VPADDQ 320(SI), Z1, K6, Z1
	VPADDQ 384(SI), Z2, K7, Z2
	VPADDQ 448(SI), Z3, K1, Z3
	ADDQ $512, SI
	ADDQ $8, DX
	SUBQ $1, CX
	JNZ sumKept64
	VPADDQ Z1, Z0, Z0
	VPADDQ Z3, Z2, Z2
	VPADDQ Z2, Z0, Z0
	TOTAL
	MOVQ AX, ret+24(FP)
	VZEROUPPER
	RET

// func sumKept32AVX512(a *int32, keep *uint64, words int) int64
TEXT ·sumKept32AVX512(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	MOVQ keep+8(FP), DX
	MOVQ words+16(FP), CX
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
sumKept32:
	MASKS
	VPMOVSXDQ.Z (SI), K1, Z2
	KMOVB 7(DX), K1
	VPMOVSXDQ.Z 32(SI), K2, Z3
	VPMOVSXDQ.Z 64(SI), K3, Z4
	VPMOVSXDQ.Z 96(SI), K4, Z5
	VPMOVSXDQ.Z 128(SI), K5, Z6
	VPMOVSXDQ.Z 160(SI), K6, Z7
	VPMOVSXDQ.Z 192(SI), K7, Z8
	VPMOVSXDQ.Z 224(SI), K1, Z9
	VPADDQ Z2, Z0, Z0
	VPADDQ Z3, Z1, Z1
	VPADDQ Z4, Z0, Z0
	VPADDQ Z5, Z1, Z1
	VPADDQ Z6, Z0, Z0
	VPADDQ Z7, Z1, Z1
	VPADDQ Z8, Z0, Z0
	VPADDQ Z9, Z1, Z1
	ADDQ $256, SI
	ADDQ $8, DX
	SUBQ $1, CX
	JNZ sumKept32
	VPADDQ Z1, Z0, Z0
	TOTAL
	MOVQ AX, ret+24(FP)
	VZEROUPPER
	RET

// Shorts are added in pairs to sums of 32 bits, of which each has room for two of every word.

// func sumKept16AVX512(a *int16, keep *uint64, words int) int64
TEXT ·sumKept16AVX512(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	MOVQ keep+8(FP), DX
	MOVQ words+16(FP), CX
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
	MOVL $0x00010001, AX
	VPBROADCASTD AX, Z15
sumKept16:
	KMOVD (DX), K1
	KMOVD 4(DX), K2
	VMOVDQU16.Z (SI), K1, Z2
	VMOVDQU16.Z 64(SI), K2, Z3
	VPMADDWD Z15, Z2, Z2
	VPMADDWD Z15, Z3, Z3
	VPADDD Z2, Z0, Z0
	VPADDD Z3, Z1, Z1
	ADDQ $128, SI
	ADDQ $8, DX
	SUBQ $1, CX
	JNZ sumKept16
	VPADDD Z1, Z0, Z0
	VEXTRACTI64X4 $1, Z0, Y1
	VPMOVSXDQ Y0, Z0
	VPMOVSXDQ Y1, Z1
	VPADDQ Z1, Z0, Z0
	TOTAL
	MOVQ AX, ret+24(FP)
	VZEROUPPER
	RET

// Bytes are added as if they had no sign, 128 too large each, eight of them to a word.

// func sumKept8AVX512(a *int8, keep *uint64, words int) int64
TEXT ·sumKept8AVX512(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	MOVQ keep+8(FP), DX
	MOVQ words+16(FP), CX
	VPXORQ Z0, Z0, Z0
	VPXORQ Z14, Z14, Z14
	MOVL $0x80808080, AX
	VPBROADCASTD AX, Z15
	XORQ R8, R8
sumKept8:
	KMOVQ (DX), K1
	POPCNTQ (DX), R9
	VPXORQ (SI), Z15, Z2
	VMOVDQU8.Z Z2, K1, Z2
	VPSADBW Z14, Z2, Z2
	VPADDQ Z2, Z0, Z0
	ADDQ R9, R8
	ADDQ $64, SI
	ADDQ $8, DX
	SUBQ $1, CX
	JNZ sumKept8
	TOTAL
	SHLQ $7, R8
	SUBQ R8, AX
	MOVQ AX, ret+24(FP)
	VZEROUPPER
	RET

// func sizeAVX512(a *int64, n int) uint64
TEXT ·sizeAVX512(SB), NOSPLIT, $0-24
	MOVQ a+0(FP), SI
	MOVQ n+8(FP), CX
	VPXORQ Z0, Z0, Z0
	VPXORQ Z1, Z1, Z1
size:
	VMOVDQU64 (SI), Z2
	VMOVDQU64 64(SI), Z3
	VPSRAQ $63, Z2, Z4
	VPSRAQ $63, Z3, Z5
	VPTERNLOGQ $0xF6, Z4, Z2, Z0
	VPTERNLOGQ $0xF6, Z5, Z3, Z1
	ADDQ $128, SI
	SUBQ $16, CX
	JNZ size
	VPORQ Z1, Z0, Z0
	VEXTRACTI64X4 $1, Z0, Y1
	VPORQ Y1, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPOR X1, X0, X0
	VPSHUFD $0xEE, X0, X1
	VPOR X1, X0, X0
	VMOVQ X0, AX
	MOVQ AX, ret+16(FP)
	VZEROUPPER
	RET

// Arithmetic of words with AVX-512: each takes a multiple of 16.

// func add64AVX512(a, b, out *int64, n int)
TEXT ·add64AVX512(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	MOVQ b+8(FP), DX
	MOVQ out+16(FP), DI
	MOVQ n+24(FP), CX
add64:
	VMOVDQU64 (SI), Z0
	VMOVDQU64 64(SI), Z1
	VPADDQ (DX), Z0, Z0
	VPADDQ 64(DX), Z1, Z1
	VMOVDQU64 Z0, (DI)
	VMOVDQU64 Z1, 64(DI)
	ADDQ $128, SI
	ADDQ $128, DX
	ADDQ $128, DI
	SUBQ $16, CX
	JNZ add64
	VZEROUPPER
	RET

// func sub64AVX512(a, b, out *int64, n int)
TEXT ·sub64AVX512(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	MOVQ b+8(FP), DX
	MOVQ out+16(FP), DI
	MOVQ n+24(FP), CX
sub64:
	VMOVDQU64 (SI), Z0
	VMOVDQU64 64(SI), Z1
	VPSUBQ (DX), Z0, Z0
	VPSUBQ 64(DX), Z1, Z1
	VMOVDQU64 Z0, (DI)
	VMOVDQU64 Z1, 64(DI)
	ADDQ $128, SI
	ADDQ $128, DX
	ADDQ $128, DI
	SUBQ $16, CX
	JNZ sub64
	VZEROUPPER
	RET

// func mul64AVX512(a, b, out *int64, n int)
TEXT ·mul64AVX512(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	MOVQ b+8(FP), DX
	MOVQ out+16(FP), DI
	MOVQ n+24(FP), CX
mul64:
	VMOVDQU64 (SI), Z0
	VMOVDQU64 64(SI), Z1
	VPMULLQ (DX), Z0, Z0
	VPMULLQ 64(DX), Z1, Z1
	VMOVDQU64 Z0, (DI)
	VMOVDQU64 Z1, 64(DI)
	ADDQ $128, SI
	ADDQ $128, DX
	ADDQ $128, DI
	SUBQ $16, CX
	JNZ mul64
	VZEROUPPER
	RET

// func shift64AVX512(a *int64, c int64, out *int64, n int)
TEXT ·shift64AVX512(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	VPBROADCASTQ c+8(FP), Z2
	MOVQ out+16(FP), DI
	MOVQ n+24(FP), CX
shift64:
	VPADDQ (SI), Z2, Z0
	VPADDQ 64(SI), Z2, Z1
	VMOVDQU64 Z0, (DI)
	VMOVDQU64 Z1, 64(DI)
	ADDQ $128, SI
	ADDQ $128, DI
	SUBQ $16, CX
	JNZ shift64
	VZEROUPPER
	RET

// func from64AVX512(a *int64, c int64, out *int64, n int)
TEXT ·from64AVX512(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	VPBROADCASTQ c+8(FP), Z2
	MOVQ out+16(FP), DI
	MOVQ n+24(FP), CX
from64:
	VPSUBQ (SI), Z2, Z0
	VPSUBQ 64(SI), Z2, Z1
	VMOVDQU64 Z0, (DI)
	VMOVDQU64 Z1, 64(DI)
	ADDQ $128, SI
	ADDQ $128, DI
	SUBQ $16, CX
	JNZ from64
	VZEROUPPER
	RET

// func scale64AVX512(a *int64, c int64, out *int64, n int)
TEXT ·scale64AVX512(SB), NOSPLIT, $0-32
	MOVQ a+0(FP), SI
	VPBROADCASTQ c+8(FP), Z2
	MOVQ out+16(FP), DI
	MOVQ n+24(FP), CX
scale64:
	VPMULLQ (SI), Z2, Z0
	VPMULLQ 64(SI), Z2, Z1
	VMOVDQU64 Z0, (DI)
	VMOVDQU64 Z1, 64(DI)
	ADDQ $128, SI
	ADDQ $128, DI
	SUBQ $16, CX
	JNZ scale64
	VZEROUPPER
	RET
