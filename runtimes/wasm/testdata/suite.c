// The aggregates, table functions and functions with row errors of package runtimetest, in C without a standard library.
// clang --target=wasm32 -nostdlib -O2 -Wl,--no-entry -Wl,--strip-all -o suite.wasm suite.c
#define EXPORT(name) __attribute__((export_name(#name))) name
#define IMPORT(module, name) __attribute__((import_module(module), import_name(#name)))

typedef long long i64;
typedef unsigned char byte;

IMPORT("dreamql", fail) void fail(const char *reason, int length);

extern byte __heap_base;
static byte *top = &__heap_base;

void *EXPORT(alloc)(unsigned size) {
  byte *at = top;
  top += (size + 15) & ~15u;
  unsigned long need = ((unsigned long)top + 65535) >> 16, have = __builtin_wasm_memory_size(0);
  if (need > have && __builtin_wasm_memory_grow(0, need - have) == (unsigned long)-1) __builtin_trap();
  return at;
}

static i64 give(const byte *data, unsigned size) { return (i64)(unsigned long)data << 32 | size; }

i64 *EXPORT(total_init)(void) {
  i64 *sum = alloc(sizeof *sum);
  *sum = 0;
  return sum;
}
void EXPORT(total_step)(i64 *sum, i64 a) { *sum += a; }
void EXPORT(total_merge)(i64 *sum, const i64 *other) { *sum += *other; }
i64 EXPORT(total_finish)(const i64 *sum) { return *sum; }

i64 *EXPORT(careful_init)(void) { return total_init(); }
void EXPORT(careful_step)(i64 *sum, i64 a) {
  if (a == 13) fail("unlucky", 7);
  *sum += a;
}
void EXPORT(careful_merge)(i64 *sum, const i64 *other) { *sum += *other; }
i64 EXPORT(careful_finish)(const i64 *sum) { return *sum; }

i64 *EXPORT(gaps_init)(void) { return total_init(); }
void EXPORT(gaps_step)(i64 *gaps, double a, int present) { *gaps += !present; }
void EXPORT(gaps_merge)(i64 *gaps, const i64 *other) { *gaps += *other; }
i64 EXPORT(gaps_finish)(const i64 *gaps) { return *gaps; }

struct mean {
  double sum, weight;
};
struct mean *EXPORT(wmean_init)(void) {
  struct mean *m = alloc(sizeof *m);
  m->sum = m->weight = 0;
  return m;
}
void EXPORT(wmean_step)(struct mean *m, double a, double b) {
  m->sum += a * b;
  m->weight += b;
}
void EXPORT(wmean_merge)(struct mean *m, const struct mean *other) {
  m->sum += other->sum;
  m->weight += other->weight;
}
double EXPORT(wmean_finish)(const struct mean *m, int *present) {
  *present = m->weight != 0;
  return m->sum / m->weight;
}

// A text that grows. Saved, it has a byte before it that tells the chain of one empty text from that of none.
struct chain {
  byte *text;
  int size, room, begun;
};
struct chain *EXPORT(chain_init)(void) {
  struct chain *c = alloc(sizeof *c);
  *c = (struct chain){0, 0, 0, 0};
  return c;
}
static void append(struct chain *c, const byte *s, int n) {
  if (c->size + n > c->room) {
    c->room = 2 * (c->size + n);
    byte *more = alloc(c->room);
    for (int i = 0; i < c->size; i++) more[i] = c->text[i];
    c->text = more;
  }
  for (int i = 0; i < n; i++) c->text[c->size++] = s[i];
}
void EXPORT(chain_step)(struct chain *c, const byte *s, int n) {
  if (c->begun) append(c, (const byte *)"-", 1);
  append(c, s, n);
  c->begun = 1;
}
void EXPORT(chain_merge)(struct chain *c, const struct chain *other) {
  if (other->begun) chain_step(c, other->text, other->size);
}
i64 EXPORT(chain_finish)(const struct chain *c) { return give(c->text, c->size); }
i64 EXPORT(chain_save)(const struct chain *c) {
  byte *out = alloc(1 + c->size);
  out[0] = c->begun;
  for (int i = 0; i < c->size; i++) out[1 + i] = c->text[i];
  return give(out, 1 + c->size);
}
struct chain *EXPORT(chain_load)(const byte *s, int n) {
  struct chain *c = chain_init();
  if (n > 0 && s[0]) chain_step(c, s + 1, n - 1);
  return c;
}

static i64 at, end;
int EXPORT(upto_open)(i64 a) {
  if (a < 0) fail("a negative number", 17);
  at = 0;
  end = a;
  return 0;
}
int EXPORT(upto_next)(int cursor, i64 *row) {
  if (at >= end) return 0;
  *row = at++;
  return 1;
}
void EXPORT(upto_close)(int cursor) {}

int EXPORT(endless_open)(i64 a) {
  at = a;
  return 0;
}
int EXPORT(endless_next)(int cursor, i64 *row) {
  *row = at++;
  return 1;
}
void EXPORT(endless_close)(int cursor) {}

static struct {
  const byte *text;
  int size, at;
  i64 n;
} words;
struct word {
  const byte *word;
  int size;
  i64 n;
};
int EXPORT(words_open)(const byte *text, int size) {
  words.text = text, words.size = size, words.at = 0, words.n = 0;
  return 0;
}
int EXPORT(words_next)(int cursor, struct word *row) {
  if (words.at >= words.size) return 0;
  int from = words.at;
  while (words.at < words.size && words.text[words.at] != ' ') words.at++;
  *row = (struct word){words.text + from, words.at - from, ++words.n};
  words.at++;
  return 1;
}
void EXPORT(words_close)(int cursor) {}

struct text {
  const byte *text;
  int size;
  i64 present;
};
static struct text repeated;
int EXPORT(again_open)(const byte *text, int size, int present, i64 times) {
  repeated = (struct text){text, size, size > 0};
  if (!present) repeated = (struct text){(const byte *)"-", 1, 1};
  end = times;
  return 0;
}
int EXPORT(again_next)(int cursor, struct text *row) {
  if (end-- <= 0) return 0;
  *row = repeated;
  return 1;
}
void EXPORT(again_close)(int cursor) {}

struct pair {
  double a, b;
  i64 has_b, c;
};
static double given;
int EXPORT(pair_open)(double a) {
  given = a;
  at = 0;
  return 0;
}
int EXPORT(pair_next)(int cursor, struct pair *row) {
  if (at == 2) return 0;
  *row = at++ ? (struct pair){-given, 0, 0, 0} : (struct pair){given, given, 1, 1};
  return 1;
}
void EXPORT(pair_close)(int cursor) {}

double EXPORT(root)(double a) {
  if (a < 0) fail("the root of a negative number", 29);
  return __builtin_sqrt(a);
}

i64 EXPORT(times)(const byte *s, int n, i64 b) {
  if (b < 0) __builtin_trap();
  byte *out = alloc(n * (int)b), *p = out;
  for (; b > 0; b--)
    for (int i = 0; i < n; i++) *p++ = s[i];
  return give(out, p - out);
}

double EXPORT(or_fail)(double a, int given, int ok, int *present) {
  *present = given;
  if (!ok) fail("not ok", 6);
  return a;
}
