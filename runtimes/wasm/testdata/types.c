// Functions of every type that crosses, as C has them: structures and __int128 by value, which the compiler makes pointers.
// clang --target=wasm32 -nostdlib -O2 -Wl,--no-entry -Wl,--strip-all -o types.wasm types.c
#define EXPORT(name) __attribute__((export_name(#name))) name

typedef long long i64;
typedef __int128 i128;

struct duration {
  int months, days;
  i64 nanos;
};

struct uuid {
  unsigned char bytes[16];
};

extern char __heap_base;
static char *top = &__heap_base;

void *EXPORT(alloc)(unsigned size) {
  char *at = top;
  top += (size + 15) & ~15u;
  unsigned long need = ((unsigned long)top + 65535) >> 16, have = __builtin_wasm_memory_size(0);
  if (need > have && __builtin_wasm_memory_grow(0, need - have) == (unsigned long)-1) __builtin_trap();
  return at;
}

i64 EXPORT(cents)(i64 a, i64 b) { return a - b; }
i128 EXPORT(large)(i128 a, i64 b) { return a + b; }
i64 EXPORT(too_large)(i64 a) { return 1000000 * a; }
i128 EXPORT(least)(i64 a) { return (i128)1 << 127; }
i64 EXPORT(noon)(i64 a) { return a + 43200000000; }

struct duration EXPORT(twice)(struct duration d) {
  return (struct duration){2 * d.months, 2 * d.days, 2 * d.nanos};
}

struct uuid EXPORT(flip)(struct uuid u, int given, int *present) {
  *present = given;
  for (int i = 0; i < 16; i++) u.bytes[i] ^= 0xff;
  return u;
}

i128 EXPORT(half)(i128 a, int given, int *present) {
  *present = given && !(a & 1);
  return a >> 1;
}

i64 EXPORT(months)(const struct duration *d) { return d->months; }
