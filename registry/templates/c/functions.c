// Functions for DreamQL: two of one row, an aggregate and a table function. Exports are called from a loop inside WebAssembly.
//
// float is double, int is long long, bool is int. A string comes as pointer and length, and goes as pointer << 32 | length.

#define EXPORT(name) __attribute__((export_name(#name))) name

typedef long long i64;

// A plain function of numbers needs nothing else.
double EXPORT(custom_score)(double score, double boost) { return score * (1.0 + boost); }

// DreamQL asks for room for strings here. Nothing is freed: an instance that has grown much is replaced.
extern char __heap_base;
static char *top = &__heap_base;

char *EXPORT(alloc)(unsigned size) {
  char *at = top;
  top += (size + 7) & ~7u;
  unsigned long pages = ((unsigned long)top + 65535) >> 16, have = __builtin_wasm_memory_size(0);
  if (pages > have && __builtin_wasm_memory_grow(0, pages - have) == (unsigned long)-1) __builtin_trap();
  return at;
}

static i64 give(const char *text, unsigned length) { return (i64)(unsigned long)text << 32 | length; }

static int space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// The first letter of each word, in upper case; letters beyond ASCII stay as they are.
i64 EXPORT(initials)(const char *text, unsigned length) {
  char *out = alloc(length);
  unsigned n = 0;
  int in_word = 0, in_letter = 0;
  for (unsigned i = 0; i < length; i++) {
    char c = text[i];
    // A letter beyond ASCII has bytes that follow its first: 10xxxxxx.
    in_letter = (!in_word && !space(c)) || (in_letter && (c & 0xc0) == 0x80);
    if (in_letter) out[n++] = c >= 'a' && c <= 'z' ? c - 32 : c;
    in_word = !space(c);
  }
  return give(out, n);
}

// The state of the aggregate function. It has 16 bytes without pointers, which dreamql.toml says as state_bytes; so DreamQL can move it
// from one machine to another.
struct mean {
  double inverses, rows;
};

struct mean *EXPORT(harmonic_mean_init)(void) {
  struct mean *m = (struct mean *)alloc(sizeof *m);
  m->inverses = m->rows = 0;
  return m;
}

void EXPORT(harmonic_mean_step)(struct mean *m, double x) {
  m->inverses += 1 / x;
  m->rows++;
}

void EXPORT(harmonic_mean_merge)(struct mean *m, const struct mean *other) {
  m->inverses += other->inverses;
  m->rows += other->rows;
}

// A result of type float? has a last parameter: 0 there means none.
double EXPORT(harmonic_mean_finish)(const struct mean *m, int *present) {
  *present = m->rows > 0;
  return m->rows / m->inverses;
}

// What the table function keeps between rows; one cursor is open at a time. The text stays where it is until the cursor is closed.
static struct words {
  const char *text;
  unsigned length, at;
  i64 n;
} words;

// A row: 8 bytes a field, a string as pointer and length.
struct word {
  const char *word;
  unsigned length;
  i64 n;
};

struct words *EXPORT(words_open)(const char *text, unsigned length) {
  words = (struct words){text, length, 0, 0};
  return &words;
}

// Writes the next row and returns 1, or returns 0 at the end.
int EXPORT(words_next)(struct words *w, struct word *row) {
  while (w->at < w->length && space(w->text[w->at])) w->at++;
  unsigned start = w->at;
  while (w->at < w->length && !space(w->text[w->at])) w->at++;
  if (w->at == start) return 0;
  *row = (struct word){w->text + start, w->at - start, ++w->n};
  return 1;
}

void EXPORT(words_close)(struct words *w) {}
