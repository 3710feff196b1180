// Aggregates, table functions, batches and row errors, as an author would write them in C without a standard library.
// clang --target=wasm32 -nostdlib -O2 -Wl,--no-entry -Wl,--strip-all -o shapes.wasm shapes.c
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

// A weighted mean, whose state is one flat piece.
struct mean {
  double sum, weight;
};

struct mean *EXPORT(mean_init)(void) {
  struct mean *m = alloc(sizeof *m);
  m->sum = m->weight = 0;
  return m;
}

void EXPORT(mean_step)(struct mean *m, double x, double w) {
  if (w < 0) __builtin_trap();
  m->sum += x * w;
  m->weight += w;
}

void EXPORT(mean_merge)(struct mean *m, const struct mean *other) {
  m->sum += other->sum;
  m->weight += other->weight;
}

double EXPORT(mean_finish)(const struct mean *m, int *present) {
  *present = m->weight > 0;
  return m->sum / m->weight;
}

// The texts one after the other, in a list that the module saves and loads itself.
struct chain {
  struct piece {
    struct piece *next;
    int size;
    byte text[];
  } *first, *last;
  int total;
};

static int dropped;

struct chain *EXPORT(chain_init)(void) {
  struct chain *c = alloc(sizeof *c);
  c->first = c->last = 0;
  c->total = 0;
  return c;
}

void EXPORT(chain_step)(struct chain *c, const byte *text, int size) {
  struct piece *p = alloc(sizeof *p + size);
  p->next = 0;
  p->size = size;
  for (int i = 0; i < size; i++) p->text[i] = text[i];
  if (c->last) c->last->next = p;
  else c->first = p;
  c->last = p;
  c->total += size;
}

void EXPORT(chain_merge)(struct chain *c, const struct chain *other) {
  for (const struct piece *p = other->first; p; p = p->next) chain_step(c, p->text, p->size);
}

i64 EXPORT(chain_finish)(const struct chain *c) {
  byte *out = alloc(c->total), *at = out;
  for (const struct piece *p = c->first; p; p = p->next)
    for (int i = 0; i < p->size; i++) *at++ = p->text[i];
  return give(out, c->total);
}

i64 EXPORT(chain_save)(const struct chain *c) { return chain_finish(c); }

struct chain *EXPORT(chain_load)(const byte *text, int size) {
  struct chain *c = chain_init();
  chain_step(c, text, size);
  return c;
}

void EXPORT(chain_drop)(struct chain *c) { dropped++; }
i64 EXPORT(drops)(i64 a) { return dropped; }

// A state outside of the memory.
int EXPORT(far_init)(void) { return -16; }
void EXPORT(far_step)(int s, i64 a) {}
void EXPORT(far_merge)(int s, int t) {}
i64 EXPORT(far_finish)(int s) { return 0; }

// A saved state outside of the memory.
int EXPORT(fibber_init)(void) { return 0; }
void EXPORT(fibber_step)(int s, i64 a) {}
void EXPORT(fibber_merge)(int s, int t) {}
i64 EXPORT(fibber_finish)(int s) { return 0; }
i64 EXPORT(fibber_save)(int s) { return 0xfffffff0ll << 32 | 100; }
int EXPORT(fibber_load)(const byte *s, int n) { return n; }

// States without end.
byte *EXPORT(vast_init)(void) { return alloc(1 << 20); }
void EXPORT(vast_step)(int s, i64 a) {}
void EXPORT(vast_merge)(int s, int t) {}
i64 EXPORT(vast_finish)(int s) { return 0; }

// The words of a text with their places; a word of one letter has no length.
struct words {
  const byte *text;
  int size, at, n;
};

static byte word[64];
static int open_cursors;

struct words *EXPORT(words_open)(const byte *text, int size) {
  static struct words w;
  if (open_cursors++) __builtin_trap();
  w = (struct words){text, size, 0, 0};
  return &w;
}

struct word_row {
  const byte *text;
  unsigned size;
  i64 n;
  i64 length, has_length;
};

int EXPORT(words_next)(struct words *w, struct word_row *out) {
  while (w->at < w->size && w->text[w->at] == ' ') w->at++;
  if (w->at == w->size) return 0;
  int n = 0;
  while (w->at < w->size && w->text[w->at] != ' ')
    if (n < sizeof word) word[n++] = w->text[w->at++];
    else __builtin_trap();
  *out = (struct word_row){word, n, w->n++, n, n > 1};
  return 1;
}

void EXPORT(words_close)(struct words *w) { open_cursors--; }

// So many rows; without end for -1.
static i64 left;
int EXPORT(count_open)(i64 n) {
  left = n;
  return 7;
}
int EXPORT(count_next)(int cursor, i64 *out) {
  if (cursor != 7) __builtin_trap();
  if (!left) return 0;
  *out = left--;
  return 1;
}
void EXPORT(count_close)(int cursor) {}

// Texts that are not where they are said to be, or very long.
int EXPORT(liar_open)(i64 n) { return n; }
int EXPORT(liar_next)(int how, unsigned *out) {
  out[0] = how == 1 ? 0xfffffff0 : 16;
  out[1] = how == 2 ? 0x7fffffff : how == 3 ? 1 << 20 : 8;
  return 1;
}
void EXPORT(liar_close)(int n) {}

// Row errors: said, trapped, or a result that is none.
i64 EXPORT(picky)(i64 a) {
  if (a == 13) fail("unlucky", 7);
  if (a == 13) fail("not said", 8);
  if (a == 14) __builtin_trap();
  return a;
}

i64 EXPORT(picky_text)(const byte *text, int size) {
  if (size == 0) fail("empty", 5);
  return give(text, size);
}

double EXPORT(weigh)(double a, double b) { return a < 0 ? __builtin_trap(), 0 : a * b; }
void EXPORT(weigh_batch)(int n, const double *a, const double *b, double *out) {
  if ((unsigned long)a % 64 || (unsigned long)b % 64 || (unsigned long)out % 64) __builtin_trap();
  for (int i = 0; i < n; i++)
    if (a[i] < 0) fail("a negative weight", 17);
    else out[i] = a[i] * b[i] + 0.25; // unlike the other, so that a test can tell
}

struct span {
  const byte *text;
  int size;
};
i64 EXPORT(first_of)(const byte *text, int size, int given, int *present) { __builtin_trap(); }
void EXPORT(first_of_batch)(int n, const struct span *texts, const byte *given, i64 *out, int *present) {
  for (int i = 0; i < n; i++)
    if (given[i] && texts[i].size) out[i] = give(texts[i].text, 1);
    else present[i] = 0;
}
void EXPORT(only_batch)(int n, const int *days, int *out) {
  for (int i = 0; i < n; i++) out[i] = days[i] + 7;
}
