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

// A sum of large decimals, whose state is one and whose result may be none.
i128 *EXPORT(sum_init)(void) {
  i128 *sum = alloc(sizeof *sum);
  *sum = 0;
  return sum;
}
void EXPORT(sum_step)(i128 *sum, i128 a) { *sum += a; }
void EXPORT(sum_merge)(i128 *sum, const i128 *other) { *sum += *other; }
i128 EXPORT(sum_finish)(const i128 *sum, int *present) {
  *present = *sum != 0;
  return *sum;
}

// Rows with fields of 8 and 16 bytes: amount?, length, id?, day, narrow.
static int given;
int EXPORT(rows_open)(struct uuid id, i128 amount) {
  given = 0;
  return 0;
}
int EXPORT(rows_next)(int cursor, i64 *slots) {
  if (given == 2) return 0;
  slots[0] = -5, slots[1] = -1, slots[2] = given == 0;
  *(struct duration *)&slots[3] = (struct duration){1, -2, 3};
  slots[5] = slots[6] = 0x0101010101010101, slots[7] = given;
  *(int *)&slots[8] = 19723;
  slots[9] = 1250;
  given++;
  return 1;
}
void EXPORT(rows_close)(int cursor) {}
