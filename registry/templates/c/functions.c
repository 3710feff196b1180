// Functions for DreamQL. Each export is called once a row, from a loop inside WebAssembly.
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

// The first letter of each word, in upper case; letters beyond ASCII stay as they are.
i64 EXPORT(initials)(const char *text, unsigned length) {
  char *out = alloc(length);
  unsigned n = 0;
  int in_word = 0, in_letter = 0;
  for (unsigned i = 0; i < length; i++) {
    char c = text[i];
    int space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    // A letter beyond ASCII has bytes that follow its first: 10xxxxxx.
    in_letter = (!in_word && !space) || (in_letter && (c & 0xc0) == 0x80);
    if (in_letter) out[n++] = c >= 'a' && c <= 'z' ? c - 32 : c;
    in_word = !space;
  }
  return give(out, n);
}
