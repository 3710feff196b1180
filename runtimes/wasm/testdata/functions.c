// The functions of package runtimetest, as an author would write them in C without a standard library.
// clang --target=wasm32 -nostdlib -O2 -Wl,--no-entry -Wl,--strip-all -o functions.wasm functions.c
#define EXPORT(name) __attribute__((export_name(#name))) name

typedef long long i64;
typedef unsigned char byte;

extern byte __heap_base;
static byte *top = &__heap_base;

// The memory of a call is not freed: the host replaces an instance that has grown much.
void *EXPORT(alloc)(int size) {
  byte *at = top;
  top += (size + 15) & ~15;
  unsigned long need = ((unsigned long)top + 65535) >> 16, have = __builtin_wasm_memory_size(0);
  if (need > have && __builtin_wasm_memory_grow(0, need - have) == (unsigned long)-1) __builtin_trap();
  return at;
}

static i64 give(const byte *data, unsigned size) { return (i64)(unsigned long)data << 32 | size; }

double EXPORT(scale)(double a, double b) { return a * b * 1.5; }
i64 EXPORT(add)(i64 a, i64 b) { return a + b; }
int EXPORT(both)(int a, int b) { return a && b; }
int EXPORT(next_day)(int a) { return a + 1; }
i64 EXPORT(later)(i64 a) { return a + 1000000; }

i64 EXPORT(shout)(const byte *s, int n) {
  byte *out = alloc(n);
  for (int i = 0; i < n; i++) out[i] = s[i] >= 'a' && s[i] <= 'z' ? s[i] - 32 : s[i];
  return give(out, n);
}

i64 EXPORT(join)(const byte *a, int an, i64 times, const byte *c, int cn) {
  byte *out = alloc(an + (int)times * cn), *p = out;
  for (int i = 0; i < an; i++) *p++ = a[i];
  for (; times > 0; times--)
    for (int i = 0; i < cn; i++) *p++ = c[i];
  return give(out, p - out);
}

i64 EXPORT(reverse)(const byte *s, int n) {
  byte *out = alloc(n);
  for (int i = 0; i < n; i++) out[i] = s[n - 1 - i];
  return give(out, n);
}

double EXPORT(or_zero)(double a, int present) { return present ? a : 0; }

double EXPORT(positive)(double a, int *present) {
  *present = a > 0;
  return a;
}

i64 EXPORT(label)(const byte *s, int n, int given, int *present) {
  if (!given) return give((const byte *)"-", 1);
  *present = n > 0;
  return give(s, n);
}

i64 EXPORT(unlucky)(i64 a) {
  if (a == 13) __builtin_trap();
  return a;
}

i64 EXPORT(forever)(i64 a) {
  for (volatile i64 i = 0;; i++) a += i;
  return a;
}

static i64 (*volatile self)(i64);
i64 EXPORT(deep)(i64 a) {
  self = deep;
  return self(a + 1) + a;
}

i64 EXPORT(hoard)(i64 a) {
  for (;;) *(volatile byte *)alloc(1 << 20) = (byte)a;
}

i64 EXPORT(garbled)(i64 a) { return give((const byte *)"\xff\xfe", 2); }
